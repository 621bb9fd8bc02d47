/* Linux's system calls without a C library, and the few types and numbers of its ABI. */
#pragma once

#include <asm/unistd_64.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline int64_t syscall6(int64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d,
                               uint64_t e, uint64_t f) {
    register uint64_t r10 __asm__("r10") = d;
    register uint64_t r8 __asm__("r8") = e;
    register uint64_t r9 __asm__("r9") = f;
    int64_t result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

/* sys(NUMBER, up to six arguments); the result, or a negated error number. */
#define SYS_ARGUMENTS(n, a, b, c, d, e, f, ...)                                                    \
    syscall6(n, (uint64_t)(a), (uint64_t)(b), (uint64_t)(c), (uint64_t)(d), (uint64_t)(e),         \
             (uint64_t)(f))
#define sys(...) SYS_ARGUMENTS(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)

#define EPERM     1
#define ENOENT    2
#define ESRCH     3
#define EINTR     4
#define EIO       5
#define E2BIG     7
#define ENOEXEC   8
#define EBADF     9
#define EAGAIN    11
#define ENOMEM    12
#define EACCES    13
#define EFAULT    14
#define EBUSY     16
#define EEXIST    17
#define ENODEV    19
#define ENOTDIR   20
#define EISDIR    21
#define EINVAL    22
#define EMFILE    24
#define ENOTTY    25
#define ENOSPC    28
#define EPIPE     32
#define ENOSYS    38
#define ETIMEDOUT 110

#define AT_FDCWD (-100)

#define O_RDONLY    0
#define O_WRONLY    1
#define O_RDWR      2
#define O_CREAT     0100
#define O_EXCL      0200
#define O_NOCTTY    0400
#define O_TRUNC     01000
#define O_APPEND    02000
#define O_NONBLOCK  04000
#define O_ASYNC     020000
#define O_DIRECTORY 0200000
#define O_NOFOLLOW  0400000
#define O_CLOEXEC   02000000
#define O_PATH      010000000

#define SEEK_CUR 1

#define F_DUPFD         0
#define F_GETFD         1
#define F_SETFD         2
#define F_GETFL         3
#define F_SETFL         4
#define F_GETLK         5
#define F_SETLK         6
#define F_SETLKW        7
#define F_OFD_GETLK     36
#define F_OFD_SETLK     37
#define F_OFD_SETLKW    38
#define F_DUPFD_CLOEXEC 1030
#define F_SETPIPE_SZ    1031
#define F_GETPIPE_SZ    1032
#define F_ADD_SEALS     1033
#define F_GET_SEALS     1034

#define F_RDLCK 0
#define F_WRLCK 1
#define F_UNLCK 2

#define TCGETS  0x5401
#define TCSETS  0x5402
#define TCSETSW 0x5403
#define TCSETSF 0x5404

#define PROT_NONE  0
#define PROT_READ  1
#define PROT_WRITE 2

#define MAP_SHARED          0x01
#define MAP_PRIVATE         0x02
#define MAP_FIXED           0x10
#define MAP_ANONYMOUS       0x20
#define MAP_NORESERVE       0x4000
#define MAP_POPULATE        0x8000
#define MAP_FIXED_NOREPLACE 0x100000

#define S_IFMT  0170000
#define S_IFIFO 0010000
#define S_IFDIR 0040000
#define S_IFREG 0100000
#define S_IFLNK 0120000

#define CLOCK_REALTIME      0
#define CLOCK_MONOTONIC     1
#define CLOCK_MONOTONIC_RAW 4

#define FUTEX_WAIT_PRIVATE 128
#define FUTEX_WAKE_PRIVATE 129

#define POLLIN  0x001
#define POLLOUT 0x004
#define POLLERR 0x008
#define POLLHUP 0x010

#define PR_SET_PDEATHSIG 1 /* prctl(2): the signal that comes when the parent ends */
#define PR_GET_PDEATHSIG 2

#define SIGHUP  1
#define SIGINT  2
#define SIGKILL 9
#define SIGUSR1 10
#define SIGPIPE 13
#define SIGTERM 15
#define SIGCHLD 17
#define SIGXFSZ 25

struct timespec {
    int64_t seconds, nanoseconds;
};

struct pollfd {
    int32_t descriptor;
    int16_t events, revents;
};

struct iovec {
    uint64_t base, length;
};

/* struct flock of fcntl(2). */
struct flock {
    int16_t type, whence;
    int64_t start, length;
    int32_t pid;
};

/* struct stat of x86-64 Linux. */
struct stat {
    uint64_t device, inode, links;
    uint32_t mode, uid, gid, padding;
    uint64_t rdev;
    int64_t size, block_size, blocks;
    struct timespec accessed, modified, changed;
    int64_t reserved[3];
};
_Static_assert(sizeof(struct stat) == 144, "struct stat");

static inline bool is_error(int64_t result) {
    return (uint64_t)result >= (uint64_t)-4095;
}

static inline uint64_t read_tsc(void) {
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high)::"memory");
    return (uint64_t)high << 32 | low;
}
