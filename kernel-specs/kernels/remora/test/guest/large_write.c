// One write of 24 MiB arrives whole.
#include "check.h"

#define SIZE (24 << 20)

int main(void) {
    char *bytes = malloc(SIZE);
    CHECK(bytes);
    for (int i = 0; i < SIZE; i++)
        bytes[i] = (char)(i * 7 + (i >> 12));
    return write(1, bytes, SIZE) == SIZE ? 0 : 1;
}
