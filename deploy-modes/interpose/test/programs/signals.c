/* Signals that arrive while a call waits: EINTR, SA_RESTART, timers, sigsuspend, masks. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t arrived, last_code;

static void note(int signal, siginfo_t *info, void *context) {
    (void)signal, (void)context;
    arrived++;
    last_code = info->si_code;
}

static void handle(int signal, int flags) {
    struct sigaction action = {.sa_sigaction = note, .sa_flags = SA_SIGINFO | flags};
    sigaction(signal, &action, NULL);
}

static void alarm_in(int milliseconds) {
    struct itimerval timer = {{0, 0}, {0, milliseconds * 1000}};
    setitimer(ITIMER_REAL, &timer, NULL);
}

static void interrupted_read(void) {
    int ends[2];
    char byte;
    pipe(ends);
    handle(SIGALRM, 0);
    alarm_in(30);
    errno = 0;
    long result = read(ends[0], &byte, 1);
    printf("read: %ld %s, %d arrived\n", result, strerror(errno), arrived);
}

static void restarted_read(void) {
    int ends[2];
    char byte = '-';
    pipe(ends);
    arrived = 0;
    handle(SIGALRM, SA_RESTART);
    if (fork() == 0) {
        usleep(120000);
        write(ends[1], "x", 1);
        _exit(0);
    }
    alarm_in(30);
    long result = read(ends[0], &byte, 1);
    printf("restarted read: %ld %c, %d arrived\n", result, byte, arrived);
    while (wait(NULL) < 0)
        ;
}

static void interrupted_waits(void) {
    struct timespec second = {1, 0}, left;
    struct timeval tv = {1, 0};
    arrived = 0;
    alarm_in(30);
    int slept = nanosleep(&second, &left);
    printf("nanosleep: %d %s, less than a second left: %d\n", slept, strerror(errno),
           left.tv_sec == 0);
    alarm_in(30);
    printf("poll: %d", poll(NULL, 0, 2000));
    printf(" %s\n", strerror(errno));
    alarm_in(30);
    printf("select: %d", select(0, NULL, NULL, NULL, &tv));
    printf(" %s\n", strerror(errno));
    alarm_in(30);
    printf("pause: %d", pause());
    printf(" %s, %d arrived\n", strerror(errno), arrived);
}

static void suspended(void) {
    sigset_t all, none, before;
    sigfillset(&all);
    sigemptyset(&none);
    arrived = 0;
    sigprocmask(SIG_SETMASK, &all, &before);
    raise(SIGALRM);
    printf("blocked: %d arrived\n", arrived);
    sigset_t open = all;
    sigdelset(&open, SIGALRM);
    int result = sigsuspend(&open);
    printf("sigsuspend: %d %s, %d arrived\n", result, strerror(errno), arrived);
    raise(SIGALRM);
    struct timespec second = {1, 0};
    result = ppoll(NULL, 0, &second, &open);
    printf("ppoll: %d %s, %d arrived\n", result, strerror(errno), arrived);
    raise(SIGALRM);
    siginfo_t info;
    printf("sigwaitinfo: %d\n", sigwaitinfo(&all, &info));
    sigset_t now;
    sigprocmask(SIG_SETMASK, &before, &now);
    printf("all still blocked: %d %d\n", memcmp(&now, &all, 8) == 0, sigismember(&now, SIGSYS));
    sigprocmask(SIG_BLOCK, NULL, &now);
    printf("none blocked: %d\n", sigismember(&now, SIGSYS) == 0 && sigismember(&now, SIGALRM) == 0);
}

static void nested(int signal) {
    (void)signal;
    sigset_t now;
    sigprocmask(SIG_BLOCK, NULL, &now);
    printf("in a handler: SIGUSR2 blocked %d, SIGUSR1 blocked %d\n", sigismember(&now, SIGUSR2),
           sigismember(&now, SIGUSR1));
    fflush(stdout);
}

static void handler_masks(void) {
    struct sigaction action = {.sa_handler = nested}, before;
    sigfillset(&action.sa_mask);
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
    sigaction(SIGUSR1, NULL, &before);
    printf("action kept: %d %d\n", before.sa_handler == nested,
           sigismember(&before.sa_mask, SIGSYS));
    action.sa_flags = SA_RESETHAND;
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
    sigaction(SIGUSR1, NULL, &before);
    printf("reset: %d\n", before.sa_handler == SIG_DFL);
}

static void *sender(void *to) {
    usleep(30000);
    pthread_kill(*(pthread_t *)to, SIGUSR1);
    return NULL;
}

static void to_a_thread(void) {
    pthread_t self = pthread_self(), other;
    int ends[2];
    char byte;
    pipe(ends);
    arrived = 0;
    handle(SIGUSR1, 0);
    pthread_create(&other, NULL, sender, &self);
    long result = read(ends[0], &byte, 1);
    printf("read of a thread: %ld %s, %d arrived, by tkill %d\n", result, strerror(errno), arrived,
           last_code == SI_TKILL);
    pthread_join(other, NULL);
}

static void many(void) {
    arrived = 0;
    handle(SIGALRM, SA_RESTART);
    struct itimerval timer = {{0, 200}, {0, 200}}, stop = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &timer, NULL);
    int bad = 0;
    for (int i = 0; i < 20000 && arrived < 50; i++) {
        int ends[2];
        char byte = 0;
        bad += pipe(ends) != 0;
        bad += write(ends[1], "y", 1) != 1;
        bad += read(ends[0], &byte, 1) != 1 || byte != 'y';
        bad += close(ends[0]) != 0;
        bad += close(ends[1]) != 0;
    }
    setitimer(ITIMER_REAL, &stop, NULL);
    printf("under fire: %d bad\n", bad);
}

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    interrupted_read();
    restarted_read();
    interrupted_waits();
    suspended();
    handler_masks();
    to_a_thread();
    many();
    return 0;
}
