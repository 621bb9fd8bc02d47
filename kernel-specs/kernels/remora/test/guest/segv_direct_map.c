// Nor can it where all of RAM is mapped.
// expect: signal 11
#include "check.h"

int main(void) {
    *(volatile int *)0xffff800000100000 = 1;
    return 0;
}
