// Counts with the help of the component in component/counter.c.
//
// Usage: {{name}} [NUMBER...]    adds these numbers, else 1 to 10
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { COUNTER_ADD = 500 }; // as in component/counter.c

static long counter_add(long number) {
    return syscall(COUNTER_ADD, number);
}

int main(int argc, char **argv) {
    int numbers = argc > 1 ? argc - 1 : 10;
    long expected = 0;

    for (int i = 1; i <= numbers; i++) {
        long number = argc > 1 ? atol(argv[i]) : i;
        long counted = counter_add(number);

        if (counted < 0) {
            perror("{{name}}: counter_add");
            return 1;
        }
        expected += number;
        if (counted != expected) {
            fprintf(stderr, "{{name}}: the kernel counted %ld, not %ld\n", counted, expected);
            return 1;
        }
    }
    printf("The kernel counted to %ld in %d system calls.\n", expected, numbers);
    return 0;
}
