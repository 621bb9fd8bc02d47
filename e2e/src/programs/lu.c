/*
 * LU factorisation with OpenMP: lu N THREADS [ROUNDS]. Blocked, right-looking, without pivoting, of
 * a matrix whose diagonal dominates; each element is computed in the same order by any number of
 * threads, so that the checksum is the same too.
 *
 * Prints one JSON line: GFLOP/s of the fastest round, the checksum, and how far L times U is from
 * the matrix.
 */
#include <math.h>
#include <omp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define BLOCK 32
#define N_MAX 4096

static int n;
static double *a;

static double *at(int row, int column) {
    return a + (size_t)row * (size_t)n + column;
}

static int least(int x, int y) {
    return x < y ? x : y;
}

static double element(int row, int column) {
    uint32_t mixed = (uint32_t)row * 2654435761u ^ ((uint32_t)column + 1) * 2246822519u;
    mixed ^= mixed >> 15;
    return (row == column ? n : 0) + (double)(mixed % 2001) / 1000 - 1;
}

static void fill(void) {
#pragma omp parallel for
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            *at(i, j) = element(i, j);
}

/* Row i of the columns from..to, less what pivot rows first..last-1 (all above i) take from it. */
static void eliminate(int i, int first, int last, int from, int to) {
    for (int k = first; k < last; k++) {
        double factor = *at(i, k);
        const double *pivot = at(k, 0);
        double *row = at(i, 0);
        for (int j = from; j < to; j++)
            row[j] -= factor * pivot[j];
    }
}

/* The block's columns of row i: the factors by which it loses each pivot row. */
static void factors(int i, int first, int last) {
    for (int k = first; k < last; k++) {
        *at(i, k) /= *at(k, k);
        eliminate(i, k, k + 1, k + 1, last);
    }
}

static void factorise(void) {
    for (int first = 0; first < n; first += BLOCK) {
        int last = least(first + BLOCK, n);
        for (int i = first + 1; i < last; i++) {
            factors(i, first, i);
            eliminate(i, first, i, i, last);
        }
#pragma omp parallel
        {
            /* Columns of the block's rows depend on those above in the block alone. */
#pragma omp for
            for (int from = last; from < n; from += BLOCK)
                for (int i = first + 1; i < last; i++)
                    eliminate(i, first, i, from, least(from + BLOCK, n));
#pragma omp for schedule(static, 4)
            for (int i = last; i < n; i++) {
                factors(i, first, last);
                eliminate(i, first, last, last, n);
            }
        }
    }
}

static double checksum(void) {
    double sum = 0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            sum += *at(i, j) * (1 + (i * 31 + j) % 17);
    return sum;
}

/* The largest difference between L times U and the matrix, in some rows. */
static double error(void) {
    double worst = 0;
    for (int i = 0; i < n; i += n / 8 + 1)
        for (int j = 0; j < n; j++) {
            double sum = i <= j ? *at(i, j) : 0;
            for (int k = 0; k < i && k <= j; k++)
                sum += *at(i, k) * *at(k, j);
            worst = fmax(worst, fabs(sum - element(i, j)));
        }
    return worst;
}

int main(int argc, char **argv) {
    n = argc > 2 ? atoi(argv[1]) : 0;
    int threads = argc > 2 ? atoi(argv[2]) : 0, rounds = argc > 3 ? atoi(argv[3]) : 3;
    if (n < 1 || n > N_MAX || threads < 1 || threads > 64 || rounds < 1) {
        fprintf(stderr, "usage: lu N THREADS [ROUNDS]\n");
        return 2;
    }
    a = malloc((size_t)n * (size_t)n * sizeof *a);
    if (!a)
        return 1;
    omp_set_dynamic(0);
    omp_set_num_threads(threads);
    double fastest = INFINITY;
    for (int round = 0; round < rounds; round++) {
        fill();
        double start = omp_get_wtime();
        factorise();
        fastest = fmin(fastest, omp_get_wtime() - start);
    }
    double work = 2.0 / 3 * n * (double)n * n, off = error();
    printf("{\"n\":%d,\"threads\":%d,\"rounds\":%d,\"gflops\":%.6f,\"checksum\":\"%a\","
           "\"error\":%.3g}\n",
           n, threads, rounds, work / fastest / 1e9, checksum(), off);
    return off < 1e-9 * n ? 0 : 1;
}
