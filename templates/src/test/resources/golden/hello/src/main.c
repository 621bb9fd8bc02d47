// Greets, and names its arguments: enough to see that a net boots.
#include <stdio.h>

int main(int argc, char **argv) {
    printf("Hello from plume, on a kernel of its own.\n");
    for (int i = 1; i < argc; i++)
        printf("argument %d: %s\n", i, argv[i]);
    return 0;
}
