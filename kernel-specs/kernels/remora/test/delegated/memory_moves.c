// The agent follows the app's memory: mapped, unmapped, moved, grown, and mapped anew.
#include "check.h"
#include <fcntl.h>
#include <sys/mman.h>

#define LARGE (2ul << 20)

static char *map(size_t size) {
    char *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(at != MAP_FAILED);
    return at;
}

static void is_read_into(int fd, char *at, char first) {
    at[0] = 0;
    CHECK(pwrite(fd, &first, 1, 0) == 1 && pread(fd, at, 8, 0) == 8);
    CHECK(at[0] == first && at[1] == '1' && at[7] == '7');
}

int main(void) {
    int fd = open("moves", O_RDWR | O_CREAT | O_TRUNC, 0600);
    CHECK(fd >= 0 && write(fd, "01234567", 8) == 8);
    /* more ranges than the list of what is to be forgotten has entries, the same place each time */
    for (int i = 0; i < 600; i++) {
        char *page = map(4096);
        is_read_into(fd, page, (char)('a' + i % 26));
        CHECK(munmap(page, 4096) == 0);
    }
    char *large = map(3 * LARGE);
    is_read_into(fd, large + LARGE - 4, 'x'); /* across two large pages */
    char *moved = mremap(large, 3 * LARGE, 5 * LARGE, MREMAP_MAYMOVE);
    CHECK(moved != MAP_FAILED && moved[LARGE + 3] == '7');
    is_read_into(fd, moved + 4 * LARGE, 'y');
    char *elsewhere = map(LARGE);
    CHECK(mremap(moved, LARGE, LARGE, MREMAP_MAYMOVE | MREMAP_FIXED, elsewhere) == elsewhere);
    is_read_into(fd, elsewhere + 100, 'z');
    FAILS(EFAULT, pread(fd, moved, 8, 0));
    char *heap = sbrk(8 * LARGE);
    CHECK(heap != (void *)-1);
    is_read_into(fd, heap + 7 * LARGE, 'h');
    CHECK(mmap(elsewhere, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
          elsewhere);
    FAILS(EFAULT, pread(fd, elsewhere, 8, 0));
    is_read_into(fd, elsewhere + 4096, 'w');
    char on_stack[6 << 20]; /* never touched before */
    is_read_into(fd, on_stack, 's');
    CHECK(unlink("moves") == 0);
    return 0;
}
