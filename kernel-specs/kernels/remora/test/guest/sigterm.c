// A signal to itself without a handler kills; no fault address is claimed.
// expect: signal 15
// no-report: fault_addr
#include "check.h"

int main(void) {
    kill(getpid(), SIGTERM);
    return 0;
}
