// A mapped file is a copy of it: what the file had, zeros behind, and Linux's errors.
#include "check.h"
#include <fcntl.h>
#include <sys/mman.h>

#define PAGE 4096

static char *map(int fd, size_t size, int prot, int flags, off_t offset) {
    return mmap(NULL, size, prot, flags, fd, offset);
}

int main(void) {
    char bytes[10000];
    int ends[2], fd = open("mapped", O_RDWR | O_CREAT | O_TRUNC, 0600);
    int writer = open("mapped", O_WRONLY), folder = open(".", O_RDONLY | O_DIRECTORY);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i / 7);
    CHECK(write(fd, bytes, sizeof bytes) == sizeof bytes && pipe(ends) == 0);
    char *copy = map(fd, sizeof bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE, 0);
    CHECK(copy != MAP_FAILED && memcmp(copy, bytes, sizeof bytes) == 0);
    CHECK(copy[sizeof bytes] == 0 && copy[3 * PAGE - 1] == 0);
    copy[0] = 99;
    CHECK(pread(fd, bytes, 1, 0) == 1 && bytes[0] == 0);
    char *tail = map(fd, PAGE, PROT_READ, MAP_SHARED, PAGE);
    CHECK(tail != MAP_FAILED && memcmp(tail, bytes + PAGE, PAGE) == 0);
    FAILS(EACCES, mprotect(tail, PAGE, PROT_READ | PROT_WRITE));
    char *fixed = mmap(copy + PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0);
    CHECK(fixed == copy + PAGE && fixed[14] == 2 && copy[0] == 99);
    CHECK(memcmp(copy + 2 * PAGE, bytes + 2 * PAGE, sizeof bytes - 2 * PAGE) == 0);
    CHECK(close(fd) == 0 && fixed[21] == 3 && munmap(copy, 3 * PAGE) == 0);
    FAILS(EBADF, map(fd, PAGE, PROT_READ, MAP_PRIVATE, 0));
    FAILS(EACCES, map(writer, PAGE, PROT_READ, MAP_PRIVATE, 0));
    fd = open("mapped", O_RDONLY);
    FAILS(EACCES, map(fd, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, 0));
    FAILS(EINVAL, map(fd, PAGE, PROT_READ, MAP_PRIVATE, 5));
    FAILS(EINVAL, map(fd, 0, PROT_READ, MAP_PRIVATE, 0));
    FAILS(ENODEV, map(ends[0], PAGE, PROT_READ, MAP_PRIVATE, 0));
    FAILS(ENODEV, map(folder, PAGE, PROT_READ, MAP_PRIVATE, 0));
    CHECK(unlink("mapped") == 0);
    return 0;
}
