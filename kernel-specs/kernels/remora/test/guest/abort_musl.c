// The same with musl, which takes another way.
// cc: musl-gcc
// expect: signal 6
#include <stdlib.h>

int main(void) {
    abort();
}
