// A stack overflow is caught on an alternate stack.
// stdout: overflow
// expect: exit 5
#include "check.h"

static void handler(int number) {
    (void)number;
    write(1, "overflow\n", 9);
    _exit(5);
}

#pragma GCC diagnostic ignored "-Winfinite-recursion"
__attribute__((noinline)) static int deeper(volatile char *above) {
    volatile char local[4096];
    local[0] = above[0];
    return deeper(local) + local[0];
}

int main(void) {
    stack_t stack = {.ss_sp = malloc(65536), .ss_size = 65536}, now;
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
    CHECK(sigaltstack(&stack, NULL) == 0 && sigaltstack(NULL, &now) == 0);
    CHECK(now.ss_sp == stack.ss_sp && now.ss_flags == 0);
    sigaction(SIGSEGV, &action, NULL);
    return deeper("");
}
