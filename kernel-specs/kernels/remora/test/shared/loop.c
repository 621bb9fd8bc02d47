// Both ends of one stream behind the descriptors of one app: what a pipe does, and what it says of
// itself.
#include "../check.h"
#include <diver/stream_linux.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>

#define RING 65536

static char many[2 * RING];

static volatile sig_atomic_t pipe_signals;

static void on_pipe(int signal) {
    pipe_signals += signal == SIGPIPE;
}

static void says_what_it_is(void) {
    struct stat stat;
    CHECK(fstat(0, &stat) == 0 && S_ISFIFO(stat.st_mode) && stat.st_size >= 4096 + RING);
    FAILS(ESPIPE, lseek(1, 0, SEEK_CUR));
    CHECK((fcntl(0, F_GETFL) & (O_ACCMODE | O_NONBLOCK)) == O_RDWR);
}

static short polled(int descriptor) {
    struct pollfd one = {.fd = descriptor, .events = POLLIN | POLLOUT};
    return poll(&one, 1, 0) == 1 ? one.revents : 0;
}

static void does_not_wait_where_it_must_not(void) {
    char byte;
    CHECK(fcntl(0, F_SETFL, O_NONBLOCK) == 0 && fcntl(1, F_SETFL, O_NONBLOCK) == 0);
    CHECK((fcntl(0, F_GETFL) & O_NONBLOCK) != 0);
    FAILS(EAGAIN, read(0, &byte, 1));
    CHECK(polled(0) == 0 && polled(1) == POLLOUT);
    CHECK(write(1, many, sizeof many) == RING);
    FAILS(EAGAIN, write(1, many, 1));
    CHECK(polled(0) == POLLIN && polled(1) == 0);
    CHECK(read(0, many, sizeof many) == RING && polled(0) == 0);
    CHECK(fcntl(0, F_SETFL, 0) == 0 && fcntl(1, F_SETFL, 0) == 0);
}

static void takes_parts(void) {
    char a[3], b[8];
    struct iovec out[] = {{"ab", 2}, {"", 0}, {"cde", 3}}, in[] = {{a, 0}, {a, 3}, {b, 8}};
    CHECK(writev(1, out, 3) == 5);
    CHECK(readv(0, in, 3) == 3 && memcmp(a, "abc", 3) == 0);
    CHECK(read(0, b, 8) == 2 && memcmp(b, "de", 2) == 0);
    FAILS(EFAULT, write(1, (void *)16, 4));
    FAILS(EFAULT, read(0, (void *)16, 4));
    CHECK(read(0, many, 0) == 0 && write(1, many, 0) == 0);
}

static void is_used_in_one_way(void) {
    FAILS(EBUSY, mmap(NULL, 4096, PROT_READ, MAP_SHARED, 0, 0));
    FAILS(ENODEV, mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 1, 0));
}

/* The last descriptor that leads to it ends it. */
static void ends(void) {
    char byte;
    int second = dup(1);
    CHECK(second > 2 && write(second, "z", 1) == 1 && close(1) == 0);
    CHECK(polled(0) == POLLIN && read(0, &byte, 1) == 1 && polled(0) == 0);
    CHECK(close(second) == 0 && polled(0) == POLLHUP && read(0, &byte, 1) == 0);
    FAILS(EBADF, write(1, "z", 1));
}

int main(void) {
    signal(SIGPIPE, on_pipe);
    says_what_it_is();
    does_not_wait_where_it_must_not();
    takes_parts();
    is_used_in_one_way();
    ends();
    CHECK(pipe_signals == 0);
    return 0;
}
