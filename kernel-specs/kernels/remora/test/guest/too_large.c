// An app whose segments do not fit is refused, with the sizes.
// memory: 32M
// expect: refused
// report: does not fit: a segment needs 6
#include "check.h"

static volatile char huge[64 << 20];

int main(void) {
    return huge[getpid()];
}
