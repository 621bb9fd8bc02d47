// A fault whose signal is blocked kills, handler or not.
// expect: signal 8
#include "check.h"

static void handler(int number) {
    (void)number;
}

int main(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGFPE);
    signal(SIGFPE, handler);
    sigprocmask(SIG_BLOCK, &set, NULL);
    volatile int zero = 0;
    return 10 / zero;
}
