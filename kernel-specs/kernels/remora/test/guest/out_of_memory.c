// Memory ends with ENOMEM, can be given back, and can all be had again, zeroed.
// memory: 32M
#include "check.h"
#include <sys/mman.h>

static size_t take_all(char **blocks) {
    size_t count = 0;
    while ((blocks[count] = malloc(1 << 20)) != NULL)
        memset(blocks[count++], 1, 1 << 20);
    return count;
}

int main(void) {
    static char *blocks[64];
    CHECK(malloc(1ul << 40) == NULL && errno == ENOMEM);
    size_t first = take_all(blocks);
    CHECK(first >= 16 && first < 32);
    FAILS(ENOMEM, mmap(NULL, 4 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    for (size_t i = 0; i < first; i++)
        free(blocks[i]);
    size_t most = (first - 1) << 20;
    char *again = mmap(NULL, most, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(again != MAP_FAILED);
    for (size_t i = 0; i < most; i++)
        CHECK(again[i] == 0);
    CHECK(munmap(again, most) == 0 && take_all(blocks) >= first - 1);
    return 0;
}
