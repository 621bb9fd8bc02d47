// Constants cannot be written.
// expect: signal 11
#include "check.h"

static const int constant = 1;

int main(void) {
    *(volatile int *)&constant = 2;
    return 0;
}
