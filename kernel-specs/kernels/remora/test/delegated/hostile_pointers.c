// A pointer that the app may not use itself is EFAULT in a forwarded call, too.
#include "check.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>

#define PAGE 4096

static int folder;

static void no_call_takes(int fd, char *bad) {
    struct iovec vector[2] = {{(char[4]){0}, 4}, {bad, 8}};
    FAILS(EFAULT, read(fd, bad, 8));
    FAILS(EFAULT, pread(fd, bad, 8, 0));
    FAILS(EFAULT, readv(fd, vector, 2));
    FAILS(EFAULT, readv(fd, (struct iovec *)bad, 1));
    FAILS(EFAULT, syscall(SYS_open, bad, O_RDONLY));
    FAILS(EFAULT, syscall(SYS_newfstatat, AT_FDCWD, bad, bad, 0));
    FAILS(EFAULT, syscall(SYS_fstat, fd, bad));
    FAILS(EFAULT, syscall(SYS_poll, bad, 1, 0));
    FAILS(EFAULT, syscall(SYS_pipe, bad));
    FAILS(EFAULT, syscall(SYS_getdents64, folder, bad, 64));
    FAILS(EFAULT, syscall(SYS_getcwd, bad, 64));
}

int main(void) {
    char *page = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int fd = open("bytes", O_RDWR | O_CREAT | O_TRUNC, 0600);
    folder = open(".", O_RDONLY | O_DIRECTORY);
    CHECK(fd == 3 && write(fd, "0123456789abcdef", 16) == 16);
    no_call_takes(fd, (char *)16);                 /* below all that is ever mapped */
    no_call_takes(fd, (char *)0x7e0000001000);     /* the agent's own */
    no_call_takes(fd, (char *)0x7ffff7ff0000);     /* and where it is likely to be */
    no_call_takes(fd, (char *)0x800000000000);     /* no address */
    no_call_takes(fd, (char *)0xffff800000100000); /* the kernel's */
    no_call_takes(fd, (char *)0xffffffff80100000);
    memset(page, 'a', PAGE); /* a path without an end */
    CHECK(munmap(page + PAGE, PAGE) == 0);
    no_call_takes(fd, page + PAGE);     /* no longer there */
    no_call_takes(fd, page + PAGE - 4); /* begins well */
    FAILS(EFAULT, read(fd, page, PAGE + 1));
    FAILS(EFAULT, read(fd, page, INT64_MAX));
    FAILS(EFAULT, write(fd, page + 2 * PAGE, 2 * PAGE));
    CHECK(pread(fd, page, 16, 0) == 16 && page[15] == 'f');
    CHECK(mprotect(page, PAGE, PROT_READ) == 0 && pwrite(fd, page, 16, 0) == 16);
    FAILS(EFAULT, pread(fd, page, 16, 0)); /* it was writable for the agent before */
    CHECK(mprotect(page, PAGE, PROT_NONE) == 0);
    FAILS(EFAULT, pwrite(fd, page, 16, 0));
    CHECK(mprotect(page, PAGE, PROT_READ | PROT_WRITE) == 0 && pread(fd, page, 16, 0) == 16);
    CHECK(unlink("bytes") == 0);
    return 0;
}
