// Without one, a stack overflow kills.
// expect: signal 11
#include "check.h"

#pragma GCC diagnostic ignored "-Winfinite-recursion"
__attribute__((noinline)) static int deeper(volatile char *above) {
    volatile char local[4096];
    local[0] = above[0];
    return deeper(local) + local[0];
}

int main(void) {
    return deeper("");
}
