// A hundred threads on one core forward calls at once, and each gets its own answers.
// cflags: -pthread
#include "check.h"
#include <fcntl.h>
#include <pthread.h>

#define THREADS 100
#define ROUNDS  20

static void *work(void *argument) {
    int number = (int)(intptr_t)argument, got, ends[2];
    char name[16], byte;
    snprintf(name, sizeof name, "crowd.%d", number);
    int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    CHECK(fd >= 0 && pipe(ends) == 0);
    for (int i = 0; i < ROUNDS; i++) {
        int value = number * 1000 + i;
        CHECK(pwrite(fd, &value, sizeof value, 0) == 4 && pread(fd, &got, 4, 0) == 4);
        CHECK(got == value && write(ends[1], "x", 1) == 1 && read(ends[0], &byte, 1) == 1);
    }
    CHECK(close(fd) == 0 && unlink(name) == 0 && close(ends[0]) == 0 && close(ends[1]) == 0);
    return NULL;
}

int main(void) {
    pthread_t threads[THREADS];
    for (intptr_t i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, work, (void *)i) == 0);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    return 0;
}
