// Masks, pending signals, order, nesting, SA_RESETHAND, SA_NODEFER, sigsuspend.
#include "check.h"

static volatile int order[8], count;
static sigset_t during;

static void handler(int number) {
    order[count++] = number;
    sigprocmask(SIG_BLOCK, NULL, &during);
}

int main(void) {
    sigset_t both, old, pending;
    sigemptyset(&both);
    sigaddset(&both, SIGUSR1);
    sigaddset(&both, SIGUSR2);
    struct sigaction action = {.sa_handler = handler}, previous;
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGUSR2, &action, &previous);
    CHECK(previous.sa_handler == SIG_DFL);

    sigprocmask(SIG_BLOCK, &both, &old);
    raise(SIGUSR2);
    raise(SIGUSR1);
    CHECK(count == 0 && sigpending(&pending) == 0 && sigismember(&pending, SIGUSR2));
    sigprocmask(SIG_SETMASK, &old, NULL);
    CHECK(count == 2 && order[0] + order[1] == SIGUSR1 + SIGUSR2);
    raise(SIGUSR1);
    CHECK(count == 3 && sigismember(&during, SIGUSR1) && !sigismember(&during, SIGUSR2));

    sigprocmask(SIG_BLOCK, &both, NULL);
    raise(SIGUSR1);
    CHECK(sigsuspend(&old) == -1 && errno == EINTR && count == 4);
    sigprocmask(SIG_BLOCK, NULL, &pending);
    CHECK(sigismember(&pending, SIGUSR1));
    sigprocmask(SIG_SETMASK, &old, NULL);

    action.sa_flags = SA_RESETHAND | SA_NODEFER;
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
    sigaction(SIGUSR1, NULL, &previous);
    CHECK(count == 5 && previous.sa_handler == SIG_DFL && !sigismember(&during, SIGUSR1));

    sigprocmask(SIG_BLOCK, &both, NULL);
    raise(SIGUSR1);
    kill(getpid(), SIGUSR2);
    CHECK(sigpending(&pending) == 0 && sigismember(&pending, SIGUSR1));
    signal(SIGUSR1, SIG_IGN); /* what is pending is lost by that */
    signal(SIGUSR2, SIG_IGN);
    CHECK(sigpending(&pending) == 0 && !sigismember(&pending, SIGUSR1));
    CHECK(!sigismember(&pending, SIGUSR2));
    signal(SIGUSR1, handler);
    sigprocmask(SIG_SETMASK, &old, NULL);
    CHECK(count == 5);

    raise(SIGCHLD);
    raise(SIGWINCH);
    signal(SIGTERM, SIG_IGN);
    raise(SIGTERM);
    FAILS(EINVAL, sigaction(SIGKILL, &action, NULL));
    FAILS(ESRCH, kill(12345, SIGTERM));
    CHECK(kill(getpid(), 0) == 0);
    return 0;
}
