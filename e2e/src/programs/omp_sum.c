/* An OpenMP program: omp_sum THREADS. Its sums are the same for any number of threads. */
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>

#define NUMBERS 2000000

int main(int argc, char **argv) {
    int threads = argc > 1 ? atoi(argv[1]) : 1, seen = 0;
    omp_set_num_threads(threads);
    long total = 0;
    for (int round = 0; round < 20; round++) {
        long sum = 0;
#pragma omp parallel for reduction(+ : sum) schedule(dynamic, 1000)
        for (int i = 0; i < NUMBERS / 20; i++)
            sum += (long)i * (i % 7);
        total += sum;
#pragma omp parallel
        {
#pragma omp critical
            seen++;
#pragma omp barrier
        }
    }
    printf("%d threads of %d processors, sum %ld, seen %d\n", threads,
           omp_get_num_procs() >= threads ? threads : omp_get_num_procs(), total, seen);
}
