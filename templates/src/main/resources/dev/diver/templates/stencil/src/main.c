// Heat on a square plate: 2D Jacobi, five points, double precision.
//
// The plate is [0,1] x [0,1], cold at its edges; it starts as sin(pi x) sin(pi y). That is an
// eigenvector of the discrete step: each iteration multiplies it by cos(pi h), with h the distance
// of the grid points. So the result after k iterations is known exactly, and is checked.
//
// Usage: {{name}} [SIZE [ITERATIONS]]    SIZE x SIZE points inside the plate
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct number {
    const char *what;
    long usual, min, max;
};

static const struct number size_limits = {"SIZE", 256, 8, 16384};
static const struct number iteration_limits = {"ITERATIONS", 200, 1, 1000000};
static const double pi = 3.14159265358979323846;

enum { FLOP_PER_POINT = 4 }; // three additions, one multiplication

// The grids have a frame of cold points around the SIZE x SIZE points.
static size_t at(size_t size, size_t row, size_t column) {
    return row * (size + 2) + column;
}

static double start_value(size_t size, size_t row, size_t column) {
    double h = 1.0 / (double)(size + 1);
    return sin(pi * h * (double)row) * sin(pi * h * (double)column);
}

static void set_start(size_t size, double *grid) {
    for (size_t row = 1; row <= size; row++)
        for (size_t column = 1; column <= size; column++)
            grid[at(size, row, column)] = start_value(size, row, column);
}

// One Jacobi iteration: every point becomes the mean of its four neighbours.
static void step(size_t size, const double *restrict old, double *restrict new) {
    for (size_t row = 1; row <= size; row++) {
        const double *above = old + at(size, row - 1, 0);
        const double *here = old + at(size, row, 0);
        const double *below = old + at(size, row + 1, 0);
        double *out = new + at(size, row, 0);

        for (size_t i = 1; i <= size; i++)
            out[i] = 0.25 * (above[i] + below[i] + here[i - 1] + here[i + 1]);
    }
}

// What is left of the start after so many iterations.
static double amplitude_after(size_t size, long iterations) {
    return pow(cos(pi / (double)(size + 1)), (double)iterations);
}

// The largest deviation from the known result, in units of its amplitude.
static double largest_error(size_t size, double amplitude, const double *grid) {
    double largest = 0;

    for (size_t row = 1; row <= size; row++) {
        for (size_t column = 1; column <= size; column++) {
            double exact = amplitude * start_value(size, row, column);
            double error = fabs(grid[at(size, row, column)] - exact) / amplitude;

            if (!(error <= largest)) // also true for a NaN
                largest = error;
        }
    }
    return largest;
}

// Each iteration rounds a few times; what it rounds is never amplified.
static double tolerance(long iterations) {
    return 1e-13 + 8.0 * DBL_EPSILON * (double)iterations;
}

static double seconds(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

// Reads argument `index`; ends the program where it is not such a number.
static long argument(int argc, char **argv, int index, const struct number *number) {
    char *end;

    if (index >= argc)
        return number->usual;
    errno = 0;
    long value = strtol(argv[index], &end, 10);
    if (errno || end == argv[index] || *end || value < number->min || value > number->max) {
        fprintf(stderr, "{{name}}: %s is \"%s\"; it has to be from %ld to %ld\n", number->what,
                argv[index], number->min, number->max);
        exit(2);
    }
    return value;
}

static double *new_grid(size_t size) {
    double *grid = calloc((size + 2) * (size + 2), sizeof *grid);

    if (!grid) {
        fprintf(stderr, "{{name}}: no memory for a grid of %zu x %zu\n", size, size);
        exit(1);
    }
    return grid;
}

int main(int argc, char **argv) {
    size_t size = (size_t)argument(argc, argv, 1, &size_limits);
    long iterations = argument(argc, argv, 2, &iteration_limits);
    double amplitude = amplitude_after(size, iterations);
    if (amplitude < 1e-100) {
        fprintf(stderr, "{{name}}: no heat is left to check after so many iterations; "
                        "use fewer, or a larger SIZE\n");
        return 2;
    }
    double *grid = new_grid(size);
    double *next = new_grid(size);

    set_start(size, grid);
    double start = seconds();
    for (long i = 0; i < iterations; i++) {
        double *done = next;

        step(size, grid, next);
        next = grid;
        grid = done;
    }
    double time = seconds() - start;

    double flop = FLOP_PER_POINT * (double)size * (double)size * (double)iterations;
    double error = largest_error(size, amplitude, grid);
    int correct = error <= tolerance(iterations);
    printf("%zu x %zu points, %ld iterations, double precision\n", size, size, iterations);
    printf("%.3f s, %.3f GFLOP/s\n", time, time > 0 ? flop / time * 1e-9 : 0.0);
    printf("error %.1e, tolerance %.1e: %s\n", error, tolerance(iterations),
           correct ? "correct" : "WRONG");

    free(grid);
    free(next);
    return correct ? 0 : 1;
}
