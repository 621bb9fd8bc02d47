// A null pointer kills, and the report says where.
// expect: signal 11
// report: "fault_addr":"0x0"
// report: "registers":{"rip":"0x4
// console: killed by signal 11
#include "check.h"

int main(void) {
    int *volatile nowhere = NULL;
    return *nowhere;
}
