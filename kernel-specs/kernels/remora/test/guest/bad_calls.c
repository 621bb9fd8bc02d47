// Wrong descriptors and operations are errors, not accidents.
#include "check.h"
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <termios.h>

int main(void) {
    char byte;
    struct termios termios;
    struct stat stat;
    struct iovec vector = {&byte, 1};
    FAILS(EBADF, write(7, "x", 1));
    FAILS(EBADF, write(-1, "x", 1));
    FAILS(EBADF, write(0, "x", 1));
    FAILS(EBADF, read(1, &byte, 1));
    FAILS(EBADF, close(63));
    FAILS(ESPIPE, lseek(0, 0, SEEK_SET));
    FAILS(ESPIPE, pwrite(1, "x", 1, 0));
    FAILS(ENOTTY, tcgetattr(1, &termios));
    FAILS(ENOTTY, ioctl(1, TIOCGWINSZ, &termios));
    FAILS(EINVAL, writev(1, &vector, -1));
    FAILS(EINVAL, fcntl(1, 9999));
    CHECK(fstat(1, &stat) == 0 && S_ISFIFO(stat.st_mode) && isatty(1) == 0);
    FAILS(EBADF, fstat(9, &stat));
    return 0;
}
