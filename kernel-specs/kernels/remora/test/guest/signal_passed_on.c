// A signal to the app that its taker blocks before it has taken it wakes another thread that does
// not, though that one's core halts.
// cpus: 2
// cflags: -pthread
#include "check.h"
#include <pthread.h>
#include <sched.h>

static volatile int caught;
static pthread_t waiting, sending;

static void run_on(int core) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(core, &set);
    CHECK(pthread_setaffinity_np(pthread_self(), sizeof set, &set) == 0);
}

static void *wait_there(void *unused) {
    run_on(1);
    while (!caught)
        pause();
    return unused;
}

/* Both signals come before the first thread has its turn. */
static void *send(void *unused) {
    run_on(0);
    usleep(50000); /* the other one's core halts by then */
    CHECK(kill(getpid(), SIGUSR1) == 0 && kill(getpid(), SIGUSR2) == 0);
    return unused;
}

/* Blocks SIGUSR2, which has been sent to this thread first. */
static void first_handler(int number) {
    while (!caught)
        (void)number;
}

static void second_handler(int number) {
    caught = number;
}

int main(void) {
    struct sigaction first = {.sa_handler = first_handler}, second = {.sa_handler = second_handler};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    run_on(0);
    CHECK(sigaction(SIGUSR2, &second, NULL) == 0);
    sigaddset(&first.sa_mask, SIGUSR2);
    CHECK(sigaction(SIGUSR1, &first, NULL) == 0);
    CHECK(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0); /* SIGUSR1 is this thread's alone */
    CHECK(pthread_create(&waiting, NULL, wait_there, NULL) == 0);
    sigaddset(&set, SIGUSR2);
    CHECK(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0);
    CHECK(pthread_create(&sending, NULL, send, NULL) == 0);
    CHECK(pthread_sigmask(SIG_UNBLOCK, &set, NULL) == 0);
    CHECK(pthread_join(sending, NULL) == 0 && pthread_join(waiting, NULL) == 0);
    CHECK(caught == SIGUSR2);
    return 0;
}
