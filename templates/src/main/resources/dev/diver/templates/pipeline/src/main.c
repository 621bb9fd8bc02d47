// Heat in an insulated rod, in double precision. It starts with a hot spot and is written out, as a
// line of text, every so many steps, for whoever reads standard output meanwhile.
//
// Usage: {{name}} [STEPS [EVERY]]    a frame after every EVERY steps, and one before the first
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS = 1024, MOST_STEPS = 100000000 };

// Stable up to 0.5, for explicit steps in one dimension.
static const double diffusion = 0.4;

static void set_start(double *rod) {
    for (int i = 0; i < POINTS; i++)
        rod[i] = i >= POINTS / 4 && i < POINTS * 3 / 8 ? 1.0 : 0.0;
}

// Nothing flows through the ends: each has a neighbour as warm as itself.
static void step(const double *restrict old, double *restrict new) {
    for (int i = 0; i < POINTS; i++) {
        double left = old[i > 0 ? i - 1 : i];
        double right = old[i < POINTS - 1 ? i + 1 : i];

        new[i] = old[i] + (left - 2 * old[i] + right) * diffusion;
    }
}

static int write_frame(long number, const double *rod) {
    printf("%ld", number);
    for (int i = 0; i < POINTS; i++)
        printf(" %.6f", rod[i]);
    printf("\n");
    return fflush(stdout);
}

// Reads an argument; ends the program where it is not such a number.
static long argument(const char *text) {
    char *end;

    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno || end == text || *end || value < 1 || value > MOST_STEPS) {
        fprintf(stderr, "{{name}}: \"%s\" has to be from 1 to %d\n", text, MOST_STEPS);
        exit(2);
    }
    return value;
}

int main(int argc, char **argv) {
    long steps = argc > 1 ? argument(argv[1]) : 40000;
    long every = argc > 2 ? argument(argv[2]) : 2000;
    double rod[POINTS], next[POINTS];

    set_start(rod);
    for (long i = 0; i <= steps; i++) {
        if (i % every == 0 && write_frame(i, rod) != 0) {
            perror("{{name}}: standard output");
            return 1;
        }
        step(rod, next);
        memcpy(rod, next, sizeof rod);
    }
    return 0;
}
