// MADV_DONTNEED gives the memory of a mapping back; the executable's own data are a file's.
#include "check.h"
#include <sys/mman.h>

#define PAGE 4096

static const char text[2 * PAGE] __attribute__((aligned(PAGE))) = {[PAGE] = 'x'};

int main(void) {
    volatile const char *seen = text;
    CHECK(seen[PAGE] == 'x' && madvise((void *)text, sizeof text, MADV_DONTNEED) == 0);
    CHECK(seen[PAGE] == 'x');
    char *mapped = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(mapped != MAP_FAILED);
    mapped[0] = 'x';
    CHECK(madvise(mapped, PAGE, MADV_DONTNEED) == 0 && mapped[0] == 0);
    return 0;
}
