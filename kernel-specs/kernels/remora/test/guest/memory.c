// mmap, munmap, mprotect, mremap and madvise of anonymous memory.
#include "check.h"
#include <sys/mman.h>

#define MB (1ul << 20)

static char *map(size_t size) {
    return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static int is_zero(const char *p, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (p[i])
            return 0;
    return 1;
}

int main(void) {
    char *small = map(100), *large = map(5 * MB);
    CHECK(small != MAP_FAILED && large != MAP_FAILED && (uintptr_t)large % (2 * MB) == 0);
    CHECK(is_zero(small, 4096) && is_zero(large, 5 * MB));
    memset(large, 7, 5 * MB);

    CHECK(munmap(large + MB, 8192) == 0); /* out of the middle of a 2 MiB page */
    CHECK(large[MB - 1] == 7 && large[MB + 8192] == 7);
    FAILS(EFAULT, write(1, large + MB, 1));
    CHECK(mmap(large + MB, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
               -1, 0) == large + MB);
    CHECK(is_zero(large + MB, 8192));
    FAILS(EEXIST,
          mmap(large, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0));
    FAILS(EPERM, mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));

    CHECK(mprotect(large, 4096, PROT_NONE) == 0);
    FAILS(EFAULT, write(1, large, 1));
    CHECK(mprotect(large, 4096, PROT_READ | PROT_WRITE) == 0 && large[0] == 7);
    FAILS(ENOMEM, mprotect((void *)0x100000000, 4096, PROT_READ));

    char *reserved = mmap(NULL, 1ul << 40, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(reserved != MAP_FAILED);
    CHECK(mprotect(reserved + MB, MB, PROT_READ | PROT_WRITE) == 0 && is_zero(reserved + MB, MB));
    CHECK(munmap(reserved, 1ul << 40) == 0);

    char *grown = mremap(large, 5 * MB, 9 * MB, MREMAP_MAYMOVE);
    CHECK(grown != MAP_FAILED && grown[0] == 7 && grown[5 * MB - 1] == 7);
    CHECK(is_zero(grown + 5 * MB, 4 * MB) && is_zero(grown + MB, 8192));
    CHECK(mremap(grown, 9 * MB, MB, 0) == grown && grown[MB - 1] == 7);
    FAILS(EFAULT, write(1, grown + MB, 1));
    char *odd = mmap((void *)0x200001000, MB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(odd == (void *)0x200001000);
    CHECK(mremap(grown, MB, MB, MREMAP_MAYMOVE | MREMAP_FIXED, odd) == odd && odd[MB - 1] == 7);

    CHECK(madvise(odd, 8192, MADV_DONTNEED) == 0 && is_zero(odd, 8192) && odd[8192] == 7);
    CHECK(madvise(odd, MB, MADV_HUGEPAGE) == 0);
    FAILS(EINVAL, madvise(odd + 1, 4096, MADV_DONTNEED));
    FAILS(EINVAL, munmap(odd + 1, 4096));
    FAILS(EINVAL, mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    FAILS(EBADF, mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 9, 0));
    return 0;
}
