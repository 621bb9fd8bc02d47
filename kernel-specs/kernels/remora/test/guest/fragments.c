// Thousands of areas: every second page is given back, the rest keeps its content.
#include "check.h"
#include <sys/mman.h>

#define PAGES 4096

int main(void) {
    char *all =
        mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(all != MAP_FAILED);
    for (int i = 0; i < PAGES; i++)
        *(int *)(all + i * 4096) = i;
    for (int i = 0; i < PAGES; i += 2)
        CHECK(munmap(all + i * 4096, 4096) == 0);
    for (int i = 1; i < PAGES; i += 2)
        CHECK(*(int *)(all + i * 4096) == i);
    char *again = mmap(NULL, 6 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(again != MAP_FAILED && again[0] == 0 && again[(6 << 20) - 1] == 0);
    CHECK(munmap(all, PAGES * 4096) == 0);
    FAILS(EFAULT, write(1, all + 4096, 1));
    return 0;
}
