// Calls that wait stop nobody else, and a signal ends them.
// cpus: 2
// cflags: -pthread
#include "check.h"
#include <fcntl.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>

static int ends[2];
static volatile sig_atomic_t signals;

static void on_signal(int number) {
    (void)number;
    signals++;
}

static void handle(int flags) {
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = flags};
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
}

/* Reads one byte; the result, or the error. */
static void *read_one(void *byte) {
    ssize_t got = read(ends[0], byte, 1);
    return (void *)(got < 0 ? (ssize_t)-errno : got);
}

static pthread_t start(void *(*run)(void *), void *argument) {
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, run, argument) == 0);
    return thread;
}

static ssize_t join(pthread_t thread) {
    void *result;
    CHECK(pthread_join(thread, &result) == 0);
    return (ssize_t)result;
}

static void let_it_wait(void) {
    nanosleep(&(struct timespec){.tv_nsec = 30000000}, NULL);
}

/* Files are written while eight threads wait for a pipe each. */
static void others_go_on(void) {
    char bytes[8] = {0}, buffer[64];
    pthread_t readers[8];
    for (int i = 0; i < 8; i++)
        readers[i] = start(read_one, &bytes[i]);
    int fd = open("beside", O_RDWR | O_CREAT | O_TRUNC, 0600);
    for (int i = 0; i < 2000; i++)
        CHECK(pwrite(fd, &i, sizeof i, i * 4) == 4 && pread(fd, buffer, 4, i * 4) == 4);
    CHECK(write(ends[1], "01234567", 8) == 8);
    for (int i = 0; i < 8; i++)
        CHECK(join(readers[i]) == 1 && bytes[i] >= '0' && bytes[i] <= '7');
    CHECK(unlink("beside") == 0 && close(fd) == 0);
}

static void signals_end_it(void) {
    char byte = 0;
    handle(0);
    pthread_t reader = start(read_one, &byte);
    let_it_wait();
    CHECK(pthread_kill(reader, SIGUSR1) == 0 && join(reader) == -EINTR && signals == 1);
    handle(SA_RESTART);
    reader = start(read_one, &byte);
    let_it_wait();
    CHECK(pthread_kill(reader, SIGUSR1) == 0);
    while (signals < 2)
        let_it_wait();
    CHECK(write(ends[1], "r", 1) == 1 && join(reader) == 1 && byte == 'r');
}

/* What a call in flight was to fill is not there any more, and belongs to somebody else. */
static void memory_goes_away(void) {
    size_t size = 4 << 20;
    char *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(page != MAP_FAILED);
    pthread_t reader = start(read_one, page + 12345);
    let_it_wait();
    CHECK(munmap(page, size) == 0);
    char *again = mmap(page, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    CHECK(again == page && write(ends[1], "m", 1) == 1);
    ssize_t result = join(reader);
    CHECK(result == -EFAULT || result == 1);
    for (size_t i = 0; i < size; i++)
        CHECK(again[i] == 0);
}

/* Reads a counter; the result, or the error. */
static void *read_counter(void *counter) {
    ssize_t got = read(ends[0], counter, 8);
    return (void *)(got < 0 ? (ssize_t)-errno : got);
}

/* More of it than the agent can be told at once: what a call in flight is to fill stays known. */
static void access_is_taken_away(void) {
    uint64_t *counter =
        mmap(NULL, 2 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const uint64_t one = 1;
    CHECK(counter != MAP_FAILED && page != MAP_FAILED);
    ends[0] = ends[1] = eventfd(0, 0);
    CHECK(ends[0] >= 0);
    pthread_t reader = start(read_counter, counter);
    let_it_wait();
    for (int i = 0; i < 600; i++) {
        CHECK(mprotect(page, 4096, PROT_READ) == 0);
        CHECK(mprotect(page, 4096, PROT_READ | PROT_WRITE) == 0);
    }
    CHECK(write(ends[1], &one, 8) == 8 && join(reader) == 8 && *counter == 1);
}

int main(void) {
    CHECK(pipe(ends) == 0);
    others_go_on();
    signals_end_it();
    memory_goes_away();
    access_is_taken_away();
    return 0;
}
