// The kernel's memory cannot be read from ring 3.
// expect: signal 11
// report: "fault_addr":"0xffffffff80100000"
#include "check.h"

int main(void) {
    return *(volatile int *)0xffffffff80100000;
}
