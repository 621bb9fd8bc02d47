/* One thread waits in read(2) and one in nanosleep(2), while a third does the calls that let them
 * go. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int ends[2];

static void *reader(void *unused) {
    (void)unused;
    char word[6] = {0};
    ssize_t got = read(ends[0], word, 5);
    printf("read %zd bytes: %s\n", got, word);
    return NULL;
}

static void *sleeper(void *unused) {
    (void)unused;
    nanosleep(&(struct timespec){.tv_nsec = 300000000}, NULL);
    return NULL;
}

int main(void) {
    pthread_t threads[2];
    if (pipe(ends) != 0)
        return 1;
    pthread_create(&threads[0], NULL, reader, NULL);
    pthread_create(&threads[1], NULL, sleeper, NULL);
    struct stat status;
    int good = 0;
    for (int i = 0; i < 1000; i++)
        good += fstat(ends[0], &status) == 0;
    printf("%d calls beside them\n", good);
    fflush(stdout);
    if (write(ends[1], "hello", 5) != 5)
        return 1;
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    printf("both came back\n");
}
