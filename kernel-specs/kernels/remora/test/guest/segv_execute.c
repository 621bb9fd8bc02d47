// Data cannot be executed.
// expect: signal 11
#include "check.h"

static char code[] = {(char)0xc3};

int main(void) {
    ((void (*)(void))code)();
    return 0;
}
