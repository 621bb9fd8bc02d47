// A glibc program with stdio, a constructor and a status of its own.
// stdout: constructed
// stdout: hello 1.500
// expect: exit 3
#include <stdio.h>

__attribute__((constructor)) static void construct(void) {
    puts("constructed");
}

int main(void) {
    printf("hello %.3f\n", 1.5);
    return 3;
}
