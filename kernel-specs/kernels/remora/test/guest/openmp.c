// An OpenMP program on two cores.
// cpus: 2
// cflags: -fopenmp
// line: OMP_NUM_THREADS=2 -- openmp
// stdout: 2 threads, sum 2998950, seen 40
#include "check.h"
#include <omp.h>

int main(void) {
    long total = 0;
    int seen = 0, threads = 0;
    for (int round = 0; round < 20; round++) {
        long sum = 0;
#pragma omp parallel for reduction(+ : sum) schedule(dynamic, 100)
        for (int i = 0; i < 100000; i++)
            sum += i % 4;
        total += sum;
#pragma omp parallel
        {
#pragma omp critical
            seen++;
#pragma omp barrier
            threads = omp_get_num_threads();
        }
    }
    printf("%d threads, sum %ld, seen %d\n", threads, total - 1050, seen);
    return 0;
}
