// The same with musl.
// cc: musl-gcc
// stdout: hello 1.500
// expect: exit 3
#include <stdio.h>

int main(void) {
    printf("hello %.3f\n", 1.5);
    return 3;
}
