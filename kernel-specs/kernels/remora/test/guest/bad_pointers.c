// A pointer that the app may not use is EFAULT in every call, and nothing is half done.
#include "check.h"
#include <poll.h>
#include <sys/mman.h>
#include <sys/uio.h>

int main(void) {
    void *const bad[] = {(void *)8,
                         (void *)0xffffffff80100000,
                         (void *)0xffff800000100000,
                         (void *)0x7ffffffff000,
                         (void *)0x8000000000000000,
                         (void *)-1};
    char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(page + 4096, 4096);
    mprotect(page, 4096, PROT_READ);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct iovec vector = {bad[i], 8};
        FAILS(EFAULT, write(1, bad[i], 8));
        FAILS(EFAULT, read(0, bad[i], 8));
        FAILS(EFAULT, writev(1, &vector, 1));
        FAILS(EFAULT, writev(1, bad[i], 1));
        FAILS(EFAULT, syscall(SYS_uname, bad[i]));
        FAILS(EFAULT, syscall(SYS_clock_gettime, 1, bad[i]));
        FAILS(EFAULT, syscall(SYS_getrandom, bad[i], 8, 0));
        FAILS(EFAULT, syscall(SYS_rt_sigaction, SIGUSR1, bad[i], NULL, 8));
        FAILS(EFAULT, syscall(SYS_rt_sigprocmask, 0, NULL, bad[i], 8));
        FAILS(EFAULT, syscall(SYS_fstat, 1, bad[i]));
        FAILS(EFAULT, syscall(SYS_nanosleep, bad[i], NULL));
        FAILS(EFAULT, syscall(SYS_futex, (uintptr_t)bad[i] & ~3ul, 0, 0, NULL));
        FAILS(EFAULT, syscall(SYS_poll, bad[i], 1, 0));
    }
    FAILS(EFAULT, write(1, page + 4000, 200));
    FAILS(EFAULT, read(0, page, 10));
    FAILS(EFAULT, write(1, page, ~0ul));
    CHECK(write(1, page, 0) == 0 && write(1, NULL, 0) == 0);
    return 0;
}
