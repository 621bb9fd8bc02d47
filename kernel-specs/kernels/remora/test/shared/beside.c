// Standard input is a stream, all other descriptors are the agent's: they do not get into each
// other's way. What is read is printed.
#include "../check.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

static char bytes[10000];

static void has_numbers_of_its_own(void) {
    int file = open("/tmp/file", O_CREAT | O_RDWR, 0600), copy = dup(0);
    struct stat stat;
    CHECK(file == 3 && copy == 4 && write(file, "abc", 3) == 3 && lseek(file, 0, SEEK_SET) == 0);
    CHECK(fstat(copy, &stat) == 0 && S_ISFIFO(stat.st_mode));
    CHECK(fstat(file, &stat) == 0 && S_ISREG(stat.st_mode) && stat.st_size == 3);
    CHECK(fcntl(0, F_DUPFD, 10) == 10 && dup2(10, file) == file && close(10) == 0);
    FAILS(ESPIPE, lseek(file, 0, SEEK_SET)); /* it leads to the stream now */
    CHECK(dup2(1, file) == file && lseek(copy, 0, SEEK_SET) == -1 && errno == ESPIPE);
    CHECK(close_range(3, 20, 0) == 0);
    FAILS(EBADF, read(copy, bytes, 1));
    FAILS(EBADF, dup2(0, 100));
}

static void is_not_the_agents(void) {
    struct epoll_event event = {.events = EPOLLIN};
    struct pollfd both[] = {{.fd = 0, .events = POLLIN}, {.fd = 1, .events = POLLOUT}};
    FAILS(ENOSYS, sendfile(1, 0, NULL, 10));
    FAILS(ENOSYS, epoll_ctl(epoll_create1(0), EPOLL_CTL_ADD, 0, &event));
    FAILS(EINVAL, poll(both, 2, 0));
    CHECK(poll(both + 1, 1, 0) == 1);
}

int main(void) {
    struct pollfd in = {.fd = 0, .events = POLLIN};
    has_numbers_of_its_own();
    is_not_the_agents();
    CHECK(poll(&in, 1, -1) == 1 && in.revents == POLLIN);
    for (ssize_t got; (got = read(0, bytes, sizeof bytes)) != 0;)
        CHECK(got > 0 && write(1, bytes, (size_t)got) == got);
    return 0;
}
