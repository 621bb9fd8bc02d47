// A privileged instruction is SIGSEGV, as on Linux.
// expect: signal 11
#include "check.h"

int main(void) {
    __asm__ volatile("cli");
    return 0;
}
