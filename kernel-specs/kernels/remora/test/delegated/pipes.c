// Pipes, events, timers and what waits for them; a writer without a reader gets SIGPIPE.
#include "check.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

static volatile sig_atomic_t pipe_signals;

static void on_pipe(int signal) {
    pipe_signals += signal == SIGPIPE;
}

static void moves_bytes(int pipe_ends[2]) {
    char bytes[8];
    struct pollfd poll_in = {.fd = pipe_ends[0], .events = POLLIN};
    CHECK(pipe2(pipe_ends, O_NONBLOCK | O_CLOEXEC) == 0);
    poll_in.fd = pipe_ends[0];
    FAILS(EAGAIN, read(pipe_ends[0], bytes, 8));
    CHECK(poll(&poll_in, 1, 10) == 0 && write(pipe_ends[1], "abc", 3) == 3);
    CHECK(poll(&poll_in, 1, -1) == 1 && poll_in.revents == POLLIN);
    CHECK(read(pipe_ends[0], bytes, 8) == 3 && bytes[2] == 'c');
}

static void waits_for_several(void) {
    uint64_t value = 5;
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = 77}, seen[2];
    struct itimerspec soon = {.it_value.tv_nsec = 1000000};
    int events = eventfd(0, 0), set = epoll_create1(0), timer = timerfd_create(CLOCK_MONOTONIC, 0);
    CHECK(events > 0 && set > 0 && timer > 0);
    CHECK(epoll_ctl(set, EPOLL_CTL_ADD, events, &event) == 0 && epoll_wait(set, seen, 2, 0) == 0);
    CHECK(write(events, &value, 8) == 8 && epoll_wait(set, seen, 2, -1) == 1);
    CHECK(seen[0].data.u64 == 77 && read(events, &value, 8) == 8 && value == 5);
    CHECK(timerfd_settime(timer, 0, &soon, NULL) == 0 && read(timer, &value, 8) == 8 && value == 1);
    fd_set readable;
    struct timeval short_time = {.tv_usec = 1000};
    FD_ZERO(&readable);
    FD_SET(events, &readable);
    CHECK(select(events + 1, &readable, NULL, NULL, &short_time) == 0);
    CHECK(close(events) == 0 && close(set) == 0 && close(timer) == 0);
}

static void loses_its_reader(int pipe_ends[2]) {
    signal(SIGPIPE, on_pipe);
    CHECK(close(pipe_ends[0]) == 0);
    FAILS(EPIPE, write(pipe_ends[1], "x", 1));
    CHECK(pipe_signals == 1);
    signal(SIGPIPE, SIG_IGN);
    FAILS(EPIPE, write(pipe_ends[1], "x", 1));
    CHECK(pipe_signals == 1);
}

static void loses_its_peer(void) {
    int ends[2];
    signal(SIGPIPE, on_pipe);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0 && close(ends[0]) == 0);
    FAILS(EPIPE, send(ends[1], "x", 1, MSG_NOSIGNAL));
    CHECK(pipe_signals == 1);
    FAILS(EPIPE, send(ends[1], "x", 1, 0));
    CHECK(pipe_signals == 2 && close(ends[1]) == 0);
}

int main(void) {
    int pipe_ends[2];
    moves_bytes(pipe_ends);
    waits_for_several();
    loses_its_reader(pipe_ends);
    loses_its_peer();
    return 0;
}
