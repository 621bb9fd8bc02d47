// Division by zero.
// expect: signal 8
#include "check.h"

int main(void) {
    volatile int zero = 0;
    return 10 / zero;
}
