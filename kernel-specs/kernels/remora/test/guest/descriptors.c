// dup, dup2, fcntl and close lead where they should.
// stdout: to stdout
// stderr: to stderr
#include "check.h"
#include <fcntl.h>

int main(void) {
    int out = dup(1);
    CHECK(out == 3 && fcntl(out, F_GETFD) == 0 && fcntl(1, F_DUPFD_CLOEXEC, 10) == 10);
    CHECK(fcntl(10, F_GETFD) == FD_CLOEXEC && fcntl(10, F_GETFL) == O_WRONLY);
    CHECK(write(out, "to stdout\n", 10) == 10);
    CHECK(dup2(2, 1) == 1 && write(1, "to stderr\n", 10) == 10);
    CHECK(close(1) == 0);
    FAILS(EBADF, write(1, "x", 1));
    FAILS(EBADF, dup2(1, 5));
    FAILS(EBADF, dup2(2, 9999));
    return 0;
}
