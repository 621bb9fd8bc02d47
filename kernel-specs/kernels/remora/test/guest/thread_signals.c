// Signals reach the thread they are sent to, whether it computes, waits or has them blocked.
// cpus: 2
// cflags: -pthread
#include "check.h"
#include <pthread.h>
#include <sched.h>
#include <time.h>

static __thread volatile int caught;
static volatile int computing, seen_by_computing, interrupted;
static volatile sig_atomic_t handled;
static pthread_t threads[3];

static void handler(int number, siginfo_t *info, void *context) {
    (void)context;
    int here;
    CHECK(number == SIGUSR1 && info->si_code == SI_TKILL && info->si_pid == getpid());
    CHECK((uintptr_t)&here != 0);
    caught++;
    handled++;
}

static void *compute(void *unused) {
    computing = 1;
    while (!caught)
        ;
    seen_by_computing = 1;
    return unused;
}

static void *wait_long(void *unused) {
    struct timespec hour = {3600, 0}, left;
    CHECK(nanosleep(&hour, &left) == -1 && errno == EINTR && left.tv_sec >= 3500);
    CHECK(caught > 0);
    interrupted = 1;
    return unused;
}

static void *take(void *unused) {
    sigset_t set;
    int number;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    CHECK(sigwait(&set, &number) == 0 && number == SIGUSR2);
    FAILS(EAGAIN, sigtimedwait(&set, NULL, &(struct timespec){0, 1000000}));
    return unused;
}

static void *on_alternate(void *unused) {
    static char memory[65536];
    stack_t stack = {.ss_sp = memory, .ss_size = sizeof memory};
    CHECK(sigaltstack(&stack, NULL) == 0);
    CHECK(pthread_kill(pthread_self(), SIGHUP) == 0);
    return unused;
}

static char *where;

static void note_stack(int number) {
    char here;
    CHECK(number == SIGHUP);
    where = &here;
}

int main(void) {
    sigset_t set, pending;
    stack_t mine;
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    struct sigaction alternate = {.sa_handler = note_stack, .sa_flags = SA_ONSTACK};
    CHECK(sigaction(SIGHUP, &alternate, NULL) == 0);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    CHECK(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0);

    CHECK(pthread_create(&threads[0], NULL, compute, NULL) == 0);
    while (!computing)
        sched_yield();
    CHECK(pthread_kill(threads[0], SIGUSR1) == 0);
    CHECK(pthread_join(threads[0], NULL) == 0 && seen_by_computing && handled == 1 && caught == 0);

    CHECK(pthread_create(&threads[1], NULL, wait_long, NULL) == 0);
    while (!interrupted) { /* the first may come before it sleeps */
        nanosleep(&(struct timespec){0, 5000000}, NULL);
        if (!interrupted)
            CHECK(pthread_kill(threads[1], SIGUSR1) == 0);
    }
    CHECK(pthread_join(threads[1], NULL) == 0 && handled >= 2);

    CHECK(pthread_create(&threads[2], NULL, take, NULL) == 0);
    CHECK(kill(getpid(), SIGUSR2) == 0);
    CHECK(pthread_join(threads[2], NULL) == 0);
    CHECK(sigpending(&pending) == 0 && !sigismember(&pending, SIGUSR2));

    CHECK(pthread_create(&threads[0], NULL, on_alternate, NULL) == 0);
    CHECK(pthread_join(threads[0], NULL) == 0 && where);
    CHECK(sigaltstack(NULL, &mine) == 0 && (mine.ss_flags & SS_DISABLE));
    FAILS(ESRCH, syscall(SYS_tgkill, getpid(), 123456, SIGUSR1));
    FAILS(ESRCH, syscall(SYS_tkill, 123456, SIGUSR1));
    return 0;
}
