// Timers interrupt a computation and a wait: alarm, setitimer, timer_create. There is no tick else.
// cflags: -pthread
#include "check.h"
#include <pthread.h>
#include <sys/time.h>
#include <time.h>

static volatile sig_atomic_t rung, queued;

static void ring(int number) {
    (void)number;
    rung++;
}

static void note(int number, siginfo_t *info, void *context) {
    (void)number, (void)context;
    CHECK(info->si_code == SI_TIMER && info->si_value.sival_int == 42);
    queued++;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(void) {
    struct itimerval value = {.it_value = {1, 0}}, left;
    timer_t timer;
    CHECK(signal(SIGALRM, ring) != SIG_ERR);
    double start = now();
    CHECK(alarm(1) == 0);
    while (!rung) /* no call in it: the interrupt alone ends this */
        ;
    CHECK(now() - start >= 0.99);

    CHECK(setitimer(ITIMER_REAL, &value, NULL) == 0 && getitimer(ITIMER_REAL, &left) == 0);
    CHECK(left.it_value.tv_sec == 0 && left.it_value.tv_usec > 0);
    CHECK(alarm(0) == 1);
    value = (struct itimerval){.it_value = {0, 2000}, .it_interval = {0, 2000}};
    CHECK(setitimer(ITIMER_REAL, &value, NULL) == 0);
    while (rung < 5)
        ;
    while (rung < 10)
        FAILS(EINTR, pause());
    value = (struct itimerval){0};
    CHECK(setitimer(ITIMER_REAL, &value, NULL) == 0);

    struct sigaction action = {.sa_sigaction = note, .sa_flags = SA_SIGINFO};
    CHECK(sigaction(SIGRTMIN, &action, NULL) == 0);
    struct sigevent event = {
        .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN, .sigev_value.sival_int = 42};
    CHECK(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
    struct itimerspec spec = {.it_value = {0, 1000000}, .it_interval = {0, 1000000}}, rest;
    CHECK(timer_settime(timer, 0, &spec, NULL) == 0);
    while (queued < 3)
        ;
    CHECK(timer_gettime(timer, &rest) == 0 && rest.it_interval.tv_nsec == 1000000);
    CHECK(timer_getoverrun(timer) >= 0 && timer_delete(timer) == 0);
    FAILS(EINVAL, timer_gettime(timer, &rest));

    /* a sleep that a restarting handler interrupts is over all the same */
    struct sigaction restarting = {.sa_handler = ring, .sa_flags = SA_RESTART};
    CHECK(sigaction(SIGALRM, &restarting, NULL) == 0);
    value = (struct itimerval){.it_value = {0, 5000}, .it_interval = {0, 5000}}; /* or the next */
    CHECK(setitimer(ITIMER_REAL, &value, NULL) == 0);
    FAILS(EINTR, nanosleep(&(struct timespec){100, 0}, NULL));
    return 0;
}
