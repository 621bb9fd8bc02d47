// AVX works, and its registers outlive a signal handler that changes them.
// cflags: -mavx2
#include "check.h"
#include <immintrin.h>

static void handler(int number) {
    (void)number;
    __asm__ volatile("vpcmpeqd %%ymm7, %%ymm7, %%ymm7" ::: "xmm7");
}

int main(void) {
    double sums[4];
    __m256d x = _mm256_set_pd(1, 2, 3, 4);
    _mm256_storeu_pd(sums, _mm256_add_pd(x, _mm256_mul_pd(x, x)));
    CHECK(sums[0] == 20 && sums[1] == 12 && sums[2] == 6 && sums[3] == 2);
    __m256i before = _mm256_set1_epi64x(0x1234567812345678), after;
    signal(SIGUSR1, handler);
    __asm__ volatile("vmovdqu %1, %%ymm7\n syscall\n vmovdqu %%ymm7, %0"
                     : "=m"(after)
                     : "m"(before), "a"(SYS_kill), "D"(getpid()), "S"(SIGUSR1)
                     : "rcx", "r11", "xmm7", "memory");
    CHECK(!memcmp(&before, &after, sizeof before));
    return 0;
}
