// brk grows, shrinks in name, and comes back zeroed.
// report: "heap_bytes":3
#include "check.h"

#define MB (1l << 20)

int main(void) {
    char *start = sbrk(0);
    CHECK(sbrk(3 * MB) == start && sbrk(0) == start + 3 * MB);
    memset(start, 7, 3 * MB);
    CHECK(sbrk(-2 * MB) == start + 3 * MB && sbrk(2 * MB) == start + MB);
    CHECK(start[MB - 1] == 7 && start[MB] == 0 && start[3 * MB - 1] == 0);
    FAILS(ENOMEM, sbrk(1l << 40));
    CHECK(syscall(SYS_brk, 0) == (long)start + 3 * MB);
    return 0;
}
