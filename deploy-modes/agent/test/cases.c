/* The agent against a kernel that says what it likes. */
#define _GNU_SOURCE
#include "kernel.h"
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct kernel k;

#define PATH  (DATA + 0x100)
#define OTHER (DATA + 0x800)
#define BUF   (DATA + 0x2000)

#define FAULTS(address, ...)                                                                       \
    do {                                                                                           \
        struct answer answer_ = call(&k, __VA_ARGS__);                                             \
        expect(DIVER_FAULT, answer_.status);                                                       \
        expect(address, answer_.result);                                                           \
    } while (0)
#define RETURNS(value, ...)                                                                        \
    do {                                                                                           \
        struct answer answer_ = call(&k, __VA_ARGS__);                                             \
        expect(DIVER_DONE, answer_.status);                                                        \
        expect(value, answer_.result);                                                             \
    } while (0)

static uint64_t text(const char *string) {
    return kernel_text(&k, PATH, string);
}

static uint64_t other(const char *string) {
    return kernel_text(&k, OTHER, string);
}

static uint64_t open_file(const char *path, int flags) {
    struct answer answer = call(&k, SYS_open, text(path), flags, 0644);
    expect(DIVER_DONE, answer.status);
    expect(true, answer.result >= 0);
    return (uint64_t)answer.result;
}

static void make_pipe(uint32_t ends[2]) {
    RETURNS(0, SYS_pipe2, BUF, 0);
    memcpy(ends, kernel_at(&k, BUF), 8);
}

/* One agent for one test; it must end well. */
#define WITH_AGENT(name)                                                                           \
    static void name##_inside(void);                                                               \
    static void name(void) {                                                                       \
        kernel_start(&k);                                                                          \
        name##_inside();                                                                           \
        expect(0, kernel_say_end(&k));                                                             \
        kernel_end(&k);                                                                            \
    }                                                                                              \
    static void name##_inside(void)

/* --- calls --- */

WITH_AGENT(files) {
    uint64_t file = open_file("new", O_RDWR | O_CREAT);
    memcpy(kernel_at(&k, BUF), "hello", 5);
    RETURNS(5, SYS_write, file, BUF, 5);
    RETURNS(0, SYS_lseek, file, 0, SEEK_SET);
    RETURNS(5, SYS_read, file, BUF + 100, 4096);
    expect(0, memcmp(kernel_at(&k, BUF + 100), "hello", 5));
    RETURNS(0, SYS_fstat, file, BUF);
    expect(5, ((struct stat *)kernel_at(&k, BUF))->st_size);
    RETURNS(7, SYS_getcwd, BUF, 100);
    expect(0, strcmp(kernel_at(&k, BUF), "/share"));
    RETURNS(0, SYS_rename, text("/share/new"), other("/share/newer"));
    RETURNS(-ENOENT, SYS_access, text("new"), F_OK);
    RETURNS(0, SYS_close, file);
    RETURNS(-EBADF, SYS_close, file);
}

WITH_AGENT(times) {
    expect(true, call(&k, SYS_getpid).result > 0);
    struct timespec *time = kernel_at(&k, BUF);
    *time = (struct timespec){0, 20000000};
    RETURNS(0, SYS_nanosleep, BUF, 0);
    const struct diver_reply *reply = &k.channel->replies[DIVER_CORES_MAX];
    expect(true, reply->service >= 20000000 && reply->service < 2000000000);
    expect(true, reply->waiting < 1000000000);
}

/* --- pointers --- */

#define LAST_PAGE (DATA + (DATA_PAGES - 1) * PAGE)
#define END       (DATA + DATA_PAGES * PAGE)

WITH_AGENT(missing_pages) {
    uint64_t file = open_file("file", O_RDWR | O_CREAT);
    FAULTS(NOTHING, SYS_open, NOTHING, O_RDONLY);
    FAULTS(0, SYS_open, 0, O_RDONLY);
    FAULTS(NOTHING, SYS_write, file, NOTHING, 1);
    FAULTS(END, SYS_write, file, LAST_PAGE, 2 * PAGE);
    FAULTS(END, SYS_read, file, LAST_PAGE + 4000, 97);
    RETURNS(0, SYS_read, file, LAST_PAGE + 4000, 96);
    FAULTS(NOTHING, SYS_fstat, file, NOTHING);
    FAULTS(NOTHING, SYS_nanosleep, NOTHING, 0);
    RETURNS(0, SYS_write, file, NOTHING, 0);
    memset(kernel_at(&k, LAST_PAGE), 'a', PAGE);
    FAULTS(END, SYS_open, END - 10, O_RDONLY);
    memset(kernel_at(&k, BUF), 'a', PAGE);
    memset(kernel_at(&k, BUF + PAGE), 'a', PAGE);
    RETURNS(-ENAMETOOLONG, SYS_open, BUF, O_RDONLY);
}

WITH_AGENT(wrapped_lengths) {
    uint64_t file = open_file("file", O_RDWR | O_CREAT);
    const uint64_t window_end = 0x7e0000000000;
    FAULTS(END, SYS_write, file, BUF, 1ull << 40);
    expect(true, call(&k, SYS_write, file, BUF, -1ull).result != 0);
    expect(true, call(&k, SYS_write, file, BUF, -BUF + 0x10000).result != 0);
    FAULTS(-PAGE, SYS_write, file, -PAGE, 0x20000);
    FAULTS(0x1000, SYS_write, file, 0x1000, 8);
    FAULTS(window_end - PAGE, SYS_write, file, window_end - PAGE, 2 * PAGE);
    FAULTS(window_end, SYS_write, file, window_end, 1);
    FAULTS((uint64_t)&k | 0x7ff000000000, SYS_write, file, (uint64_t)&k | 0x7ff000000000, 1);
    FAULTS(0xffffffff80000000, SYS_write, file, 0xffffffff80000000, 1);
    FAULTS(BUF | 1ull << 63, SYS_write, file, BUF | 1ull << 63, 1);
    int64_t epoll = call(&k, SYS_epoll_create1, 0).result;
    FAULTS(END, SYS_epoll_wait, epoll, BUF, -1, 0);
}

WITH_AGENT(read_only_pages) {
    uint64_t file = open_file("file", O_RDWR | O_CREAT);
    RETURNS(10, SYS_write, file, READ_ONLY, 10);
    FAULTS(READ_ONLY, SYS_pread64, file, READ_ONLY, 10, 0);
    FAULTS(READ_ONLY, SYS_fstat, file, READ_ONLY);
    *kernel_entry(&k, READ_ONLY, 1) |= WRITABLE; /* more access needs no word */
    RETURNS(10, SYS_pread64, file, READ_ONLY, 10, 0);
    *kernel_entry(&k, READ_ONLY, 1) &= ~WRITABLE;
    kernel_drop(&k, READ_ONLY, READ_ONLY + PAGE);
    FAULTS(READ_ONLY, SYS_pread64, file, READ_ONLY, 10, 0);
    RETURNS(10, SYS_pwrite64, file, READ_ONLY, 10, 0);
    *kernel_entry(&k, READ_ONLY, 2) &= ~WRITABLE; /* any level decides */
    *kernel_entry(&k, READ_ONLY, 1) |= WRITABLE;
    FAULTS(READ_ONLY, SYS_pread64, file, READ_ONLY, 10, 0);
}

WITH_AGENT(moved_pages) {
    uint64_t file = open_file("file", O_RDWR | O_CREAT);
    uint64_t first = *kernel_entry(&k, BUF, 1), second = kernel_page(&k) | APP;
    strcpy(kernel_at(&k, BUF), "first");
    RETURNS(6, SYS_pwrite64, file, BUF, 6, 0);
    kernel_map(&k, BUF, second);
    strcpy(kernel_at(&k, BUF), "other");
    kernel_drop(&k, BUF, BUF + PAGE);
    RETURNS(6, SYS_pwrite64, file, BUF, 6, 0);
    RETURNS(6, SYS_pread64, file, BUF + PAGE, 6, 0);
    expect(0, strcmp(kernel_at(&k, BUF + PAGE), "other"));
    for (int i = 0; i < DIVER_DROPS + 10; i++) /* more than it can be told */
        kernel_drop(&k, NOTHING + i * PAGE, NOTHING + (i + 1) * PAGE);
    kernel_map(&k, BUF, first);
    RETURNS(6, SYS_pwrite64, file, BUF, 6, 0);
    RETURNS(6, SYS_pread64, file, BUF + PAGE, 6, 0);
    expect(0, strcmp(kernel_at(&k, BUF + PAGE), "first"));
    kernel_map(&k, BUF, 0);
    kernel_drop(&k, 0, -1ull);
    FAULTS(BUF, SYS_pwrite64, file, BUF, 6, 0);
    kernel_drop(&k, -1ull, 0);
    kernel_drop(&k, BUF + 1, BUF);
    kernel_drop(&k, 3, 0x7fffffffffff);
    expect(true, call(&k, SYS_getpid).result > 0);
}

WITH_AGENT(page_tables_that_lie) {
    uint64_t file = open_file("file", O_RDWR | O_CREAT), at = 0x40000000;
    *kernel_entry(&k, at, 1) = MEMORY | APP; /* behind the memory: the file goes on there */
    FAULTS(at, SYS_write, file, at, 1);
    kernel_drop(&k, 0, -1ull);
    *kernel_entry(&k, at, 1) = 0xfffffffff000 | APP;
    FAULTS(at, SYS_write, file, at, 1);
    kernel_drop(&k, 0, -1ull);
    *kernel_entry(&k, at, 1) = PAGES_AT | PRESENT | WRITABLE; /* the kernel's own */
    FAULTS(at, SYS_write, file, at, 1);
    kernel_drop(&k, 0, -1ull);
    *kernel_entry(&k, at, 2) = (MEMORY - PAGE) | APP; /* a table at the very end */
    expect(DIVER_FAULT, call(&k, SYS_write, file, at, 1).status);
    kernel_drop(&k, 0, -1ull);
    *kernel_entry(&k, at, 2) = (MEMORY) | APP;
    FAULTS(at, SYS_write, file, at, 1);
    kernel_drop(&k, 0, -1ull);
    *kernel_entry(&k, at, 3) = TABLES_AT | APP; /* round and round */
    expect(false, call(&k, SYS_write, file, at, 1).lost);
    kernel_drop(&k, 0, -1ull);
    *kernel_entry(&k, 1ull << 39, 4) = TABLES_AT | APP;
    expect(false, call(&k, SYS_write, file, 1ull << 39, 4096).lost);
    kernel_drop(&k, 0, -1ull);
    *kernel_entry(&k, at, 3) = (1ull << 40) | LARGE | APP;
    FAULTS(at, SYS_write, file, at, 1);
    kernel_drop(&k, 0, -1ull);
    *kernel_entry(&k, at, 3) = LARGE | APP; /* 1 GiB that begins in the memory and ends outside */
    RETURNS(4096, SYS_write, file, at + PAGES_AT, 4096);
    RETURNS(1, SYS_write, file, at + MEMORY - 1, 1);
    FAULTS(at + MEMORY, SYS_write, file, at + MEMORY - 1, 2);
}

/* A region's end inside of a large page: what is inside is there, what is outside is not. Memory
 * that is seen comes in whole large pages, and there are no others. */
static void partial_large_pages(void) {
    kernel_prepare(&k);
    const char *more[] = {"--region", "0x10000000:0x101000:0x2000000", NULL};
    kernel_start_agent(&k, more);
    kernel_connect(&k);
    kernel_hello(&k, DIVER_HELLO, CHANNEL_AT);
    uint64_t file = open_file("file", O_RDWR | O_CREAT), at = 0x40000000;
    *kernel_entry(&k, at, 2) = 0x10000000 | LARGE | APP;
    FAULTS(at + 0x101000, SYS_write, file, at + 0x101000, 1);
    FAULTS(at + 0x1ff000, SYS_write, file, at + 0x1ff000, 1);
    if (kernel_is_seen()) {
        FAULTS(at, SYS_write, file, at, 1);
    } else {
        RETURNS(4096, SYS_write, file, at + 0x100000, 4096);
        RETURNS(1, SYS_write, file, at, 1);
        FAULTS(at + 0x101000, SYS_write, file, at, 0x102000);
    }
    expect(0, kernel_say_end(&k));
    kernel_end(&k);
}

WITH_AGENT(vectors) {
    uint64_t file = open_file("file", O_RDWR | O_CREAT);
    struct iovec *v = kernel_at(&k, BUF);
    memcpy(kernel_at(&k, BUF + PAGE), "abcdef", 6);
    v[0] = (struct iovec){(void *)(BUF + PAGE), 3};
    v[1] = (struct iovec){(void *)(BUF + PAGE + 3), 3};
    v[2] = (struct iovec){(void *)NOTHING, 0};
    RETURNS(6, SYS_writev, file, BUF, 3);
    FAULTS(NOTHING, SYS_writev, file, NOTHING, 1);
    FAULTS(END, SYS_writev, file, END - 16, 2);
    v[1].iov_base = (void *)NOTHING;
    FAULTS(NOTHING, SYS_writev, file, BUF, 2);
    v[1] = (struct iovec){(void *)READ_ONLY, 4};
    RETURNS(7, SYS_writev, file, BUF, 2);
    FAULTS(READ_ONLY, SYS_preadv, file, BUF, 2, 0);
    v[1] = (struct iovec){(void *)(BUF + PAGE), -1};
    expect(true, call(&k, SYS_writev, file, BUF, 2).result != 0);
    v[1] = (struct iovec){(void *)0x7f0000000000, 8};
    FAULTS(0x7f0000000000, SYS_writev, file, BUF, 2);
    RETURNS(-EINVAL, SYS_writev, file, BUF, 1025);
    RETURNS(-EINVAL, SYS_writev, file, BUF, 1ull << 60);
    RETURNS(-EINVAL, SYS_writev, file, BUF, -1);
}

/* --- what changes behind a check --- */

static volatile bool racing;

static void *flip_vector(void *argument) {
    struct iovec *v = argument;
    for (uint64_t i = 0; racing; i++)
        v->iov_base = (void *)(i & 1 ? BUF + PAGE : 0x7fffff000000);
    return NULL;
}

static void *flip_page(void *argument) {
    uint64_t *entry = argument, good = *entry;
    for (uint64_t i = 0; racing; i++) {
        *(volatile uint64_t *)entry = i % 3 == 0 ? good : i % 3 == 1 ? (MEMORY | APP) : 0;
        if (i % 64 == 0)
            kernel_drop(&k, BUF, BUF + PAGE);
    }
    return NULL;
}

static void race(void *(*flip)(void *), void *argument, uint32_t number, uint64_t address,
                 uint64_t count) {
    pthread_t thread;
    uint64_t file = open_file("file", O_RDWR | O_CREAT);
    racing = true;
    pthread_create(&thread, NULL, flip, argument);
    for (int i = 0; i < 20000; i++) {
        struct answer answer = call(&k, number, file, address, count);
        bool known = answer.status == DIVER_FAULT || answer.result == -EFAULT ||
                     (answer.result > 0 && answer.result <= 64);
        if (!known || answer.lost)
            expect(0, answer.result);
        call(&k, SYS_lseek, file, 0, SEEK_SET);
    }
    racing = false;
    pthread_join(thread, NULL);
    uint8_t bytes[64];
    char path[300];
    snprintf(path, sizeof path, "%s/share/file", k.folder);
    FILE *content = fopen(path, "r");
    size_t length = fread(bytes, 1, sizeof bytes, content);
    fclose(content);
    for (size_t i = 0; i < length; i++) /* nothing but the app's page was ever read */
        if (bytes[i] != 'x')
            expect('x', bytes[i]);
}

WITH_AGENT(racing_vector) {
    struct iovec *v = kernel_at(&k, BUF);
    memset(kernel_at(&k, BUF + PAGE), 'x', PAGE);
    *v = (struct iovec){(void *)(BUF + PAGE), 64};
    race(flip_vector, v, SYS_writev, BUF, 1);
}

WITH_AGENT(racing_page) {
    memset(kernel_at(&k, BUF), 'x', PAGE);
    race(flip_page, kernel_entry(&k, BUF, 1), SYS_write, BUF, 64);
}

/* --- descriptors --- */

WITH_AGENT(the_agents_descriptors) {
    uint32_t ends[2];
    make_pipe(ends);
    for (int own = 1000; own < 1016; own++) {
        RETURNS(-EBADF, SYS_read, own, BUF, 1);
        RETURNS(-EBADF, SYS_write, own, BUF, 1);
        RETURNS(-EBADF, SYS_close, own);
        RETURNS(-EBADF, SYS_dup, own);
        RETURNS(-EBADF, SYS_dup2, own, 5);
        RETURNS(-EBADF, SYS_dup2, ends[0], own);
        RETURNS(-EBADF, SYS_dup3, ends[0], own, 0);
        RETURNS(-EBADF, SYS_fcntl, own, F_GETFD);
        RETURNS(-EBADF, SYS_fstat, own, BUF);
        RETURNS(-EBADF, SYS_ftruncate, own, 0);
        RETURNS(-EBADF, SYS_openat, own, text("x"), O_RDONLY);
        RETURNS(-EBADF, SYS_fchdir, own);
        RETURNS(-EBADF, SYS_sendfile, ends[1], own, 0, 100);
        RETURNS(-EBADF, SYS_sendfile, own, 0, 0, 100);
        RETURNS(-EBADF, SYS_splice, ends[0], 0, own, 0, 1, 0);
        RETURNS(-EBADF, SYS_copy_file_range, own, 0, ends[1], 0, 1, 0);
        RETURNS(-EBADF, SYS_ioctl, own, 0x541b, BUF);
        RETURNS(-EBADF, SYS_fcntl, own | 1ull << 32, F_GETFD);
    }
    RETURNS(-EINVAL, SYS_fcntl, ends[0], F_DUPFD, 1000);
    RETURNS(-EINVAL, SYS_fcntl, ends[0], F_SETOWN, 1);
    RETURNS(0, SYS_fcntl, ends[0], F_SETFL, O_ASYNC | O_NONBLOCK); /* would bring signals */
    RETURNS(O_NONBLOCK, SYS_fcntl, ends[0], F_GETFL);
    RETURNS(-ENOTTY, SYS_ioctl, ends[0], 0x5412 /* TIOCSTI */, BUF);
    struct answer epoll = call(&k, SYS_epoll_create1, 0);
    RETURNS(-EBADF, SYS_epoll_ctl, epoll.result, EPOLL_CTL_ADD, 1001, BUF);
    RETURNS(0, SYS_epoll_ctl, epoll.result, EPOLL_CTL_ADD, ends[0], BUF);
    RETURNS(0, SYS_close_range, 3, -1u, 2 /* CLOSE_RANGE_UNSHARE */);
    RETURNS(-EBADF, SYS_fstat, ends[0], BUF);
    RETURNS(0, SYS_close_range, 1000, -1u, 0);
    RETURNS(-EINVAL, SYS_close_range, 5, 3, 0);
    open_file("still-here", O_RDWR | O_CREAT);
}

WITH_AGENT(polling) {
    uint32_t ends[2];
    make_pipe(ends);
    struct pollfd *polled = kernel_at(&k, BUF);
    for (int i = 0; i < 3; i++)
        polled[i] = (struct pollfd){.events = POLLIN | POLLOUT, .revents = 0x55};
    polled[0].fd = 1001, polled[1].fd = (int)ends[1], polled[2].fd = -1;
    RETURNS(2, SYS_poll, BUF, 3, -1);
    expect(POLLNVAL, polled[0].revents);
    expect(1001, polled[0].fd);
    expect(POLLOUT, polled[1].revents);
    expect(0, polled[2].revents);
    RETURNS(-EINVAL, SYS_poll, BUF, 1001, 0);
    FAULTS(END, SYS_poll, END - 8, 2, 0);
    FAULTS(READ_ONLY, SYS_poll, READ_ONLY, 1, 0);
    uint64_t *sets = kernel_at(&k, BUF);
    memset(sets, 0xff, 128);
    expect(true, call(&k, SYS_select, 2000, BUF, 0, 0, 0).result < 0);
    memset(sets, 0, 128);
    sets[ends[1] / 64] = 1ull << ends[1] % 64;
    RETURNS(1, SYS_select, 2000, 0, BUF, 0, 0);
}

WITH_AGENT(pairs_of_sockets) {
    uint32_t ends[2];
    RETURNS(0, SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, BUF);
    memcpy(ends, kernel_at(&k, BUF), sizeof ends);
    RETURNS(4, SYS_sendto, ends[0], BUF, 4, 0, 0, 0);
    RETURNS(4, SYS_recvfrom, ends[1], BUF, 10, 0, 0, 0);
    RETURNS(-97 /* EAFNOSUPPORT */, SYS_socketpair, AF_INET, SOCK_STREAM, 0, BUF);
    RETURNS(-97, SYS_sendto, ends[0], BUF, 4, 0, BUF, 16);
    RETURNS(-ENOSYS, SYS_socket, AF_UNIX, SOCK_STREAM, 0);
    RETURNS(-ENOSYS, SYS_sendmsg, ends[0], BUF, 0);
}

static void descriptors_run_out(void) {
    kernel_start(&k);
    int64_t last = 0;
    for (int i = 0; i < 1010; i++)
        last = call(&k, SYS_dup, 0).result;
    expect(-EMFILE, last);
    RETURNS(0, SYS_close, 999);
    RETURNS(999, SYS_dup, 0);
    expect(0, kernel_say_end(&k));
    kernel_end(&k);
}

/* --- escapes --- */

WITH_AGENT(the_tree) {
    char path[300], link[300];
    const char *outside[] = {"/etc/passwd",
                             "../../../../../../etc/passwd",
                             "/proc/1/environ",
                             "/proc/self/fd",
                             "/proc/self/root",
                             "/dev/mem",
                             "/dev/kmsg",
                             "/root",
                             "/home",
                             "/usr",
                             "/proc/sysrq-trigger",
                             "/proc/self/mem"};
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++)
        RETURNS(-ENOENT, SYS_open, text(outside[i]), O_RDONLY);
    snprintf(path, sizeof path, "%s/outside/canary", k.folder);
    snprintf(link, sizeof link, "%s/share/link", k.folder);
    RETURNS(-ENOENT, SYS_open, text(path), O_RDONLY);
    expect(0, symlink(path, link));
    RETURNS(-ENOENT, SYS_open, text("/share/link"), O_RDONLY);
    RETURNS(0, SYS_symlink, text("../../../.."), other("up"));
    RETURNS(-ENOENT, SYS_open, text("up/etc/passwd"), O_RDONLY);
    RETURNS(-EPERM, SYS_mknod, text("device"), S_IFCHR | 0666, 0x101);
    RETURNS(-EPERM, SYS_mknodat, AT_FDCWD, text("device"), S_IFBLK | 0666, 0x801);
    RETURNS(0, SYS_mknod, text("fifo"), S_IFIFO | 0666, 0);
    const char *made[] = {"/file", "/proc/file", "/dev/file", "/sys/file", "/given/file"};
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
        int64_t result = call(&k, SYS_open, text(made[i]), O_WRONLY | O_CREAT, 0644).result;
        expect(true, result == -EROFS || result == -EACCES);
    }
    open_file("/tmp/file", O_RDWR | O_CREAT);
    uint64_t null = open_file("/dev/null", O_RDWR);
    RETURNS(10, SYS_write, null, BUF, 10);
    uint64_t info = open_file("/proc/cpuinfo", O_RDONLY);
    expect(true, call(&k, SYS_read, info, BUF, 4000).result > 100);
    expect_text(kernel_at(&k, BUF), "processor\t: 0");
    RETURNS(-ENOSYS, SYS_mount, text("/"), other("/share"), 0, 0x1000, 0);
    RETURNS(-ENOSYS, SYS_chroot, text("/share"));
}

static mode_t mode_outside(void) {
    char path[300];
    struct stat status;
    snprintf(path, sizeof path, "%s/outside/stream", k.folder);
    return stat(path, &status) == 0 ? status.st_mode : 0;
}

/* What the agent was given, and devices, are the machine's: they may be used, but not changed. */
WITH_AGENT(files_of_the_machine) {
    mode_t mode = mode_outside();
    struct answer copy = call(&k, SYS_dup, 1);
    for (int i = 0; i < 2; i++) {
        uint64_t stream = i ? (uint64_t)copy.result : 1;
        RETURNS(-EPERM, SYS_fchmod, stream, 0777);
        RETURNS(-EPERM, SYS_fchown, stream, 0, 0);
        RETURNS(-EPERM, SYS_fchownat, stream, text(""), 0, 0, 0x1000 /* AT_EMPTY_PATH */);
        RETURNS(-EPERM, SYS_utimensat, stream, 0, 0, 0);
        RETURNS(-EPERM, SYS_fsetxattr, stream, text("user.a"), BUF, 1, 0);
    }
    RETURNS(5, SYS_write, 1, BUF, 5);
    expect(mode, mode_outside());
    const char *devices[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"};
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++) {
        RETURNS(-EROFS, SYS_chmod, text(devices[i]), 0666); /* as it is: no harm if it is done */
        RETURNS(-EROFS, SYS_lchown, text(devices[i]), 0, 0);
        RETURNS(-EPERM, SYS_fchmod, open_file(devices[i], O_RDONLY), 0666);
    }
    uint64_t own = open_file("own", O_RDWR | O_CREAT);
    RETURNS(0, SYS_fchmod, own, 0600);
    RETURNS(0, SYS_utimensat, own, 0, 0, 0);
    RETURNS(0, SYS_utimensat, AT_FDCWD, text("own"), 0, 0);
}

WITH_AGENT(read_only_share) {
    uint64_t file = open_file("/given/kept", O_RDONLY);
    RETURNS(10, SYS_read, file, BUF, 100);
    expect(0, memcmp(kernel_at(&k, BUF), "as it was\n", 10));
    RETURNS(-EROFS, SYS_open, text("/given/kept"), O_RDWR);
    RETURNS(-EROFS, SYS_open, text("/given/kept"), O_RDONLY | O_TRUNC);
    RETURNS(-EROFS, SYS_truncate, text("/given/kept"), 0);
    RETURNS(-EROFS, SYS_unlink, text("/given/kept"));
    RETURNS(-EROFS, SYS_chmod, text("/given/kept"), 0777);
    RETURNS(-EROFS, SYS_fchmod, file, 0777);
    RETURNS(-EROFS, SYS_mkdir, text("/given/new"), 0777);
    int64_t moved = call(&k, SYS_rename, text("/given/kept"), other("/share/kept")).result;
    expect(true, moved == -EROFS || moved == -EXDEV);
    RETURNS(-EXDEV, SYS_link, text("/given/kept"), other("/share/kept"));
    RETURNS(-EROFS, SYS_utimensat, AT_FDCWD, text("/given/kept"), 0, 0);
}

/* --- waiting --- */

static uint64_t submit(uint32_t thread, uint32_t number, uint64_t a, uint64_t b, uint64_t c) {
    const uint64_t argument[6] = {a, b, c};
    return kernel_submit(&k, 0, thread, number, argument);
}

WITH_AGENT(waiting_calls) {
    uint32_t ends[2];
    make_pipe(ends);
    uint64_t reads[40];
    struct answer answer;
    for (uint32_t i = 0; i < 40; i++)
        reads[i] = submit(100 + i, SYS_read, ends[0], BUF + i, 1);
    expect(true, call(&k, SYS_getpid).result > 0);
    for (uint32_t i = 0; i < 40; i++)
        expect(false, kernel_answered(&k, 0, 100 + i, reads[i], &answer));
    RETURNS(40, SYS_write, ends[1], BUF, 40);
    for (uint32_t i = 0; i < 40; i++)
        expect(1, kernel_await(&k, 0, 100 + i, reads[i]).result);
}

/* A lock that somebody else has, asked for with a word whose upper half Linux does not look at. */
WITH_AGENT(waiting_commands) {
    uint64_t holder = open_file("file", O_RDWR | O_CREAT), other = open_file("file", O_RDWR);
    *(struct flock *)kernel_at(&k, BUF) = (struct flock){.l_type = F_WRLCK};
    RETURNS(0, SYS_fcntl, holder, F_OFD_SETLKW, BUF);
    uint64_t waiting = submit(100, SYS_fcntl, other, F_OFD_SETLKW | 1ull << 32, BUF);
    expect(true, call(&k, SYS_getpid).result > 0);
    RETURNS(0, DIVER_INTERRUPT, 100);
    expect(-EINTR, kernel_await(&k, 0, 100, waiting).result);
}

/* What is forgotten while a call waits is still there when it needs it. */
WITH_AGENT(waiting_and_drops) {
    uint32_t ends[2];
    make_pipe(ends);
    uint64_t reading = submit(100, SYS_read, ends[0], BUF + PAGE, 4);
    RETURNS(0, SYS_fstat, 0, BUF);             /* now it waits */
    for (int i = 0; i < DIVER_DROPS + 10; i++) /* more than the agent can be told */
        kernel_drop(&k, NOTHING + (uint64_t)i * PAGE, NOTHING + (uint64_t)(i + 1) * PAGE);
    memcpy(kernel_at(&k, READ_ONLY), "four", 4);
    RETURNS(4, SYS_write, ends[1], READ_ONLY, 4);
    struct answer answer = kernel_await(&k, 0, 100, reading);
    expect(DIVER_DONE, answer.status);
    expect(4, answer.result);
    expect(0, memcmp(kernel_at(&k, BUF + PAGE), "four", 4));
    reading = submit(100, SYS_read, ends[0], BUF + PAGE, 4);
    RETURNS(0, SYS_fstat, 0, BUF);
    uint64_t entry = *kernel_entry(&k, BUF + PAGE, 1);
    kernel_map(&k, BUF + PAGE,
               0); /* what has really gone is a fault, as it would have been before */
    kernel_drop(&k, BUF + PAGE, BUF + 2 * PAGE);
    RETURNS(4, SYS_write, ends[1], READ_ONLY, 4);
    answer = kernel_await(&k, 0, 100, reading);
    if (kernel_is_seen() && answer.status == DIVER_DONE) {
        expect(-EFAULT, answer.result); /* it had begun, with a copy, and cannot be read again */
    } else {
        expect(DIVER_FAULT, answer.status);
        expect(BUF + PAGE, answer.result);
    }
    kernel_map(&k, BUF + PAGE, entry);
}

WITH_AGENT(opening) {
    struct answer answer;
    RETURNS(0, SYS_mknod, text("fifo"), S_IFIFO | 0666, 0);
    uint64_t reader = submit(100, SYS_open, PATH, O_RDONLY, 0);
    expect(true, call(&k, SYS_getpid).result > 0);
    usleep(10000);
    expect(false, kernel_answered(&k, 0, 100, reader, &answer));
    expect(true, call(&k, SYS_open, PATH, O_WRONLY).result > 0);
    expect(true, kernel_await(&k, 0, 100, reader).result > 0);
    uint64_t file = open_file("file", O_RDWR | O_CREAT | O_APPEND);
    RETURNS(O_RDWR | O_APPEND | 0100000 /* O_LARGEFILE */, SYS_fcntl, file, F_GETFL);
    file = open_file("file", O_RDONLY | O_NONBLOCK);
    RETURNS(O_RDONLY | O_NONBLOCK | 0100000, SYS_fcntl, file, F_GETFL);
    file = (uint64_t)call(&k, SYS_creat, text("file"), 0600).result;
    RETURNS(O_WRONLY | 0100000, SYS_fcntl, file, F_GETFL);
    RETURNS(-EEXIST, SYS_openat, AT_FDCWD, PATH, O_CREAT | O_EXCL, 0600);
    FAULTS(NOTHING, SYS_openat, AT_FDCWD, NOTHING, O_CREAT);
}

WITH_AGENT(interrupts) {
    uint32_t ends[2];
    make_pipe(ends);
    struct timespec *time = kernel_at(&k, BUF);
    *time = (struct timespec){1000, 0};
    uint64_t sleeping = submit(101, SYS_nanosleep, BUF, 0, 0);
    for (int i = 0; i < 500; i++) {
        uint64_t reading = submit(100, SYS_read, ends[0], BUF + 100, 1);
        RETURNS(0, DIVER_INTERRUPT, 100);
        expect(-EINTR, kernel_await(&k, 0, 100, reading).result);
    }
    struct answer answer;
    expect(false, kernel_answered(&k, 0, 101, sleeping, &answer));
    RETURNS(0, DIVER_INTERRUPT, 101);
    RETURNS(0, DIVER_INTERRUPT, 102);
    RETURNS(0, DIVER_INTERRUPT, -1);
    expect(-EINTR, kernel_await(&k, 0, 101, sleeping).result);
    *time = (struct timespec){0, 1000000}; /* of what comes behind, nothing is interrupted */
    for (int i = 0; i < 200; i++) {
        uint64_t before = submit(100, SYS_nanosleep, BUF, 0, 0);
        usleep(1000);
        RETURNS(0, DIVER_INTERRUPT, 100);
        kernel_await(&k, 0, 100, before);
        expect(0, kernel_await(&k, 0, 103, submit(103, SYS_nanosleep, BUF, 0, 0)).result);
    }
}

WITH_AGENT(more_waiting_calls_than_threads) {
    uint32_t ends[2];
    int64_t again = 0;
    struct answer answer;
    make_pipe(ends);
    uint64_t reads[1100];
    for (uint32_t i = 0; i < 1100; i++)
        reads[i] = submit(DIVER_CORES_MAX + 1 + i % 950, SYS_read, ends[0], BUF, 1);
    expect(true, call(&k, SYS_getpid).result > 0);
    for (uint32_t i = 0; i < 1100; i++)
        if (kernel_answered(&k, 0, DIVER_CORES_MAX + 1 + i % 950, reads[i], &answer))
            again += answer.result == -EAGAIN;
    expect(true, again > 50);
}

WITH_AGENT(an_idle_agent_sleeps) {
    call(&k, SYS_getpid);
    uint32_t *sleeping = &k.channel->cores[1].agent.sleeping;
    for (int i = 0; i < 2000 && !__atomic_load_n(sleeping, __ATOMIC_RELAXED); i++)
        usleep(1000);
    expect(1, __atomic_load_n(sleeping, __ATOMIC_RELAXED));
    const uint64_t none[6] = {0};
    uint64_t sequence = kernel_submit(&k, 1, 70, SYS_getpid, none);
    expect(true, kernel_await(&k, 1, 70, sequence).result > 0);
}

/* A core that says that it sleeps, and takes no ring: the bell is full, and nothing waits for it.
 */
WITH_AGENT(a_full_doorbell) {
    __atomic_store_n(&k.channel->cores[0].delegator.sleeping, 1, __ATOMIC_SEQ_CST);
    struct answer answer = {.lost = false};
    for (int i = 0; i < 3000 && !answer.lost; i++)
        answer = call(&k, SYS_getpid);
    expect(false, answer.lost);
    for (int i = 0;
         i < 100 && !__atomic_load_n(&k.channel->cores[0].agent.sleeping, __ATOMIC_SEQ_CST); i++)
        usleep(1000);
    expect(true, call(&k, SYS_getpid).result > 0);
}

/* --- texts --- */

WITH_AGENT(texts) {
    const uint64_t at = PAGES_AT + (4 << 20) - 20; /* over the end of a chunk */
    const char *lines =
        "{\"event\":\"good\"}\nno line of JSON\n{\"ring\":\"\a\"}\n{\"bad\":\"\xff\"}\n"
        "{\"fine\":\"\xc3\xa4\"}\n{\"steers\":\"\xc2\x9b\"}\n{\"cut\":1}";
    memcpy(k.memory + at, lines, strlen(lines));
    RETURNS(0, DIVER_REPORT, at, strlen(lines));
    RETURNS(0, DIVER_LOG, at, strlen(lines));
    RETURNS(0, DIVER_LOG, 0, 0);
    expect_text(kernel_report(&k), "\n{\"event\":\"good\"}\n");
    expect_text(kernel_report(&k), "{\"fine\":\"\xc3\xa4\"}\n");
    expect_no_text(kernel_report(&k), "no line");
    expect_no_text(kernel_report(&k), "ring");
    expect_no_text(kernel_report(&k), "bad");
    expect_no_text(kernel_report(&k), "cut");
    expect_no_text(kernel_report(&k), "steers");
    expect_text(kernel_log(&k),
                "{\"ring\":\"?\"}\n{\"bad\":\"?\"}\n{\"fine\":\"\xc3\xa4\"}\n{\"steers\":\"??\"}");
}

/* Diver reads a MiB of the report: a kernel that fills it keeps the agent from saying nothing. */
WITH_AGENT(too_much_text) {
    const uint64_t at = PAGES_AT + (4 << 20), line = 8192;
    for (int i = 0; i < 2; i++) {
        memset(k.memory + at + i * line, ' ', line);
        k.memory[at + i * line] = '{';
        memcpy(k.memory + at + i * line + line - 2, "}\n", 2);
    }
    for (int i = 0; i < 100; i++)
        RETURNS(0, DIVER_REPORT, at, 2 * line);
    char path[300];
    struct stat status;
    snprintf(path, sizeof path, "%s/report", k.folder);
    expect(0, stat(path, &status));
    expect(true, status.st_size > 500000 && status.st_size < 600000);
}

static void the_report(void) {
    kernel_start(&k);
    call(&k, SYS_getpid);
    call(&k, SYS_ptrace, 0, 1);
    call(&k, SYS_ptrace, 0, 1);
    call(&k, 5000);
    call(&k, SYS_open, NOTHING, 0);
    expect(0, kernel_say_end(&k));
    const char *report = kernel_report(&k);
    expect_text(report, "{\"event\":\"agent\",\"version\":1,\"pid\":");
    expect_text(report, "\"confined\":[\"namespaces\",\"no-new-privs\",\"landlock\",\"seccomp\"]");
    expect_text(report, "\"requests\":6,\"faults\":1,");
    expect_text(report, "{\"nr\":101,\"name\":\"ptrace\",\"count\":2}");
    kernel_end(&k);
}

/* --- garbage --- */

static void expect_garbage(const char *what) {
    expect(1, kernel_agent_status(&k));
    expect_text(kernel_report(&k), "{\"event\":\"agent-error\",\"kind\":\"garbage\"");
    expect_text(kernel_report(&k), what);
    kernel_end(&k);
}

static void submit_garbage(uint32_t thread, uint32_t number, uint64_t a, uint64_t b,
                           const char *what) {
    kernel_start(&k);
    call(&k, SYS_getpid);
    submit(thread, number, a, b, 0);
    expect_garbage(what);
}

static void garbage_in_requests(void) {
    submit_garbage(DIVER_THREADS_MAX, SYS_getpid, 0, 0, "thread");
    submit_garbage(100, 0x20000, 0, 0, "number");
    submit_garbage(100, DIVER_REPORT, MEMORY - 10, 20, "text");
    submit_garbage(100, DIVER_LOG, PAGES_AT, 1 << 20, "text");
    submit_garbage(100, DIVER_REPORT, -10ull, 20, "text");
    for (int i = 0; i < 3; i++) {
        kernel_start(&k);
        call(&k, SYS_getpid);
        k.channel->cores[0].requests[2].sequence = (uint64_t[]){3, 66, -1ull}[i];
        send(k.bell, "", 1, MSG_NOSIGNAL);
        expect_garbage("sequence");
    }
}

static void start_with(void (*spoil)(void), const char *what, int status) {
    kernel_prepare(&k);
    kernel_start_agent(&k, NULL);
    kernel_connect(&k);
    spoil();
    expect(status, kernel_agent_status(&k));
    expect_text(kernel_report(&k), "{\"event\":\"agent-error\"");
    expect_text(kernel_report(&k), what);
    kernel_end(&k);
}

static void hello(void) {
    kernel_hello(&k, DIVER_HELLO, CHANNEL_AT);
}
static void bad_magic(void) {
    k.channel->magic ^= 1;
    hello();
}
static void bad_version(void) {
    k.channel->version++;
    hello();
}
static void no_cores(void) {
    k.channel->core_count = 0;
    hello();
}
static void many_cores(void) {
    k.channel->core_count = 65;
    hello();
}
static void odd_tables(void) {
    k.channel->page_table += 8;
    hello();
}
static void bad_hello(void) {
    kernel_hello(&k, 42, CHANNEL_AT);
}
static void channel_outside(void) {
    kernel_hello(&k, DIVER_HELLO, MEMORY - PAGE);
}
static void channel_wrapped(void) {
    kernel_hello(&k, DIVER_HELLO, -PAGE);
}
static void channel_unaligned(void) {
    kernel_hello(&k, DIVER_HELLO, CHANNEL_AT + 8);
}
static void hangs_up(void) {
    close(k.bell);
    k.bell = -1;
}
static void hangs_up_later(void) {
    hello();
    call(&k, SYS_getpid);
    hangs_up();
}

static void garbage_at_the_start(void) {
    start_with(bad_magic, "magic", 1);
    start_with(bad_version, "version", 1);
    start_with(no_cores, "cores", 1);
    start_with(many_cores, "cores", 1);
    start_with(odd_tables, "page tables", 1);
    start_with(bad_hello, "greeting", 1);
    start_with(channel_outside, "outside", 1);
    start_with(channel_wrapped, "outside", 1);
    start_with(channel_unaligned, "outside", 1);
}

static void a_kernel_that_vanishes(void) {
    start_with(hangs_up, "lost", 1);
    start_with(hangs_up_later, "lost", 1);
}

/* An agent that serves, started by somebody who does nothing else; his process. */
static pid_t start_by_another(const char *const *more) {
    int ends[2];
    expect(0, pipe(ends));
    pid_t parent = fork();
    if (parent == 0) {
        kernel_start_agent(&k, more);
        if (write(ends[1], &k.agent, sizeof k.agent) < 0)
            _exit(1);
        for (;;)
            pause();
    }
    expect(sizeof k.agent, read(ends[0], &k.agent, sizeof k.agent));
    close(ends[0]);
    close(ends[1]);
    kernel_connect(&k);
    hello();
    call(&k, SYS_getpid);
    return parent;
}

static void kill_process(pid_t process) {
    kill(process, SIGKILL);
    waitpid(process, NULL, 0);
}

/* Whoever started the agent is killed: it ends by itself, though its kernel goes on. */
static void an_orphan_ends(void) {
    kernel_prepare(&k);
    kill_process(start_by_another(NULL));
    for (int i = 0; i < 5000 && kill(k.agent, 0) == 0; i++)
        usleep(1000);
    expect(-1, kill(k.agent, 0));
    expect_text(kernel_report(&k), "\"kind\":\"lost\"");
    k.agent = 0;
    kernel_end(&k);
}

/* The same with an agent that never sleeps, and so does not see it: as root it has become another
 * user before. */
static void a_busy_orphan_ends(void) {
    const char *user[] = {"--uid", "1234", "--gid", "2345", NULL};
    const uint64_t none[6] = {0};
    struct answer answer;
    kernel_prepare(&k);
    k.leashed = true;
    kill_process(start_by_another(geteuid() == 0 ? user : NULL));
    bool alive = true;
    for (int i = 0; i < 100000 && alive; i++) {
        uint64_t sequence = kernel_submit(&k, 0, 100, SYS_getpid, none);
        while (!kernel_answered(&k, 0, 100, sequence, &answer) && alive)
            alive = kill(k.agent, 0) == 0;
    }
    expect(false, alive);
    if (!alive)
        k.agent = 0;
    kernel_end(&k);
}

static int mounts(void) {
    int lines = 0;
    FILE *file = fopen("/proc/self/mountinfo", "r");
    for (int c; file && (c = fgetc(file)) != EOF;)
        lines += c == '\n';
    if (file)
        fclose(file);
    return lines;
}

/* Killed amid calls: its kernel sees the doorbell's end, and nothing of the agent is left. */
static void killed_amid_calls(void) {
    uint32_t ends[2];
    uint64_t reads[8];
    char ring;
    struct answer answer;
    int before = mounts();
    kernel_start(&k);
    make_pipe(ends);
    for (uint32_t i = 0; i < 8; i++)
        reads[i] = submit(100 + i, SYS_read, ends[0], BUF, 1);
    expect(true, call(&k, SYS_getpid).result > 0);
    kill(k.agent, SIGKILL);
    expect(256 + SIGKILL, kernel_agent_status(&k));
    ssize_t got;
    while ((got = read(k.bell, &ring, 1)) == 1)
        ;
    expect(0, got);
    for (uint32_t i = 0; i < 8; i++)
        expect(false, kernel_answered(&k, 0, 100 + i, reads[i], &answer));
    expect(before, mounts());
    kernel_end(&k);
}

/* --- natively --- */

static int run_natively(const char *program, const char *first, const char *second) {
    const char *more[] = {"--native", "--share", "/usr:/usr:ro", "--app", program,
                          "--",       program,   first,          second,  NULL};
    kernel_start_agent(&k, more);
    return kernel_agent_status(&k);
}

static void natively(void) {
    kernel_prepare(&k);
    expect(0, run_natively("/usr/bin/true", NULL, NULL));
    expect_text(kernel_report(&k), "{\"event\":\"boot\"");
    expect_text(kernel_report(&k), "{\"event\":\"exit\",\"status\":0,");
    kernel_end(&k);
    kernel_prepare(&k);
    expect(0, run_natively("/usr/bin/ls", "/etc/passwd", NULL));
    expect_text(kernel_report(&k), "{\"event\":\"exit\",\"status\":2,");
    kernel_end(&k);
    kernel_prepare(&k);
    expect(0, run_natively("/usr/bin/no-such-program", NULL, NULL));
    expect_text(kernel_report(&k), "{\"event\":\"refused\"");
    kernel_end(&k);
    kernel_prepare(&k);
    expect(0, run_natively("/usr/bin/sh", "-c", "kill -9 $$"));
    expect_text(kernel_report(&k), "{\"event\":\"signal\",\"signal\":9,");
    kernel_end(&k);
}

/* What the app leaves behind has the pipe open for as long as it lives. */
static void native_leftovers(void) {
    char path[300], byte;
    kernel_prepare(&k);
    snprintf(path, sizeof path, "%s/share/pipe", k.folder);
    expect(0, mkfifo(path, 0600));
    int pipe = open(path, O_RDONLY | O_NONBLOCK);
    expect(0, run_natively("/usr/bin/sh", "-c", "exec 3>/share/pipe; sleep 1000 & echo x >&3"));
    expect_text(kernel_report(&k), "{\"event\":\"exit\",\"status\":0,");
    while (read(pipe, &byte, 1) == 1)
        ;
    expect(0, read(pipe, &byte, 1));
    close(pipe);
    kernel_end(&k);
}

/* --- what cannot be --- */

static void refuse(const char *const *more, const char *said) {
    kernel_prepare(&k);
    kernel_start_agent(&k, more);
    expect(1, kernel_agent_status(&k));
    expect_text(kernel_report(&k), "\"kind\":\"failed\"");
    expect_text(kernel_report(&k), said);
    kernel_end(&k);
}

/* Root's agent works as the user that it is told. */
static void the_user(void) {
    char path[300];
    struct stat status;
    if (geteuid() != 0) { /* then it is this user, whatever it is told */
        printf("# not root: only root can become another user\n");
        return;
    }
    kernel_prepare(&k);
    snprintf(path, sizeof path, "%s/share", k.folder);
    expect(0, chmod(path, 0777));
    expect(0, chmod(k.folder, 0755));
    const char *more[] = {"--uid", "1234", "--gid", "2345", NULL};
    kernel_start_agent(&k, more);
    kernel_connect(&k);
    hello();
    RETURNS(1234, SYS_getuid);
    open_file("mine", O_RDWR | O_CREAT);
    snprintf(path, sizeof path, "%s/share/mine", k.folder);
    expect(0, stat(path, &status));
    expect(1234, status.st_uid);
    expect(2345, status.st_gid);
    RETURNS(-EPERM, SYS_chown, text("mine"), 0, 0);
    expect(0, kernel_say_end(&k));
    kernel_end(&k);
}

/* A share of a user who is not root, with something mounted below it: what a native app makes of
 * it. Only root can mount that; the agent's status, or -1. */
static int share_with_mount(const char *type, char *const command[]) {
    char below[300], line[700];
    kernel_prepare(&k);
    snprintf(below, sizeof below, "%s/read-only/below", k.folder);
    snprintf(line, sizeof line, "cp build/diver-agent %s/agent && chmod -R a+rwX %s", k.folder,
             k.folder);
    expect(0, mkdir(below, 0777));
    expect(0, system(line));
    k.agent = fork();
    if (k.agent == 0) {
        if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
            mount("none", below, type, 0, NULL) != 0 || chdir(below) != 0)
            _exit(100);
        if (strcmp(type, "tmpfs") == 0 &&
            (close(open("kept", O_CREAT | O_WRONLY, 0644)) != 0 || chown("kept", 1234, 2345) != 0))
            _exit(101);
        snprintf(line, sizeof line, "%s/agent", k.folder);
        setenv("AGENT", line, 1);
        if (setgroups(0, NULL) != 0 || setresgid(2345, 2345, 2345) != 0 ||
            setresuid(1234, 1234, 1234) != 0)
            _exit(102);
        const char *more[] = {"--native", "--share",  "/usr:/usr:ro", "--app",    command[0],
                              "--",       command[0], command[1],     command[2], NULL};
        kernel_start_agent(&k, more);
        _exit(kernel_agent_status(&k));
    }
    return kernel_agent_status(&k);
}

/* What is mounted below a read-only share is read-only, and no way out of the tree. */
static void mounts_below_a_share(void) {
    char *const change[] = {"/usr/bin/chmod", "600", "/given/below/kept"};
    char *const look[] = {"/usr/bin/ls", "-ld", "/given/below/kept"};
    if (geteuid() != 0) {
        printf("# not root: only root can mount something below the share\n");
        return;
    }
    expect(0, share_with_mount("tmpfs", look));
    expect_text(kernel_report(&k), "{\"event\":\"exit\",\"status\":0,");
    kernel_end(&k);
    expect(0, share_with_mount("tmpfs", change));
    expect_text(kernel_report(&k), "{\"event\":\"exit\",\"status\":1,");
    kernel_end(&k);
    expect(1, share_with_mount("proc", look));
    expect_text(kernel_report(&k), "/proc or /sys is mounted below it");
    kernel_end(&k);
}

static void shares_that_cannot_be(void) {
    refuse((const char *const[]){"--share", "/no/such/folder:/a", NULL}, "/no/such/folder");
    refuse((const char *const[]){"--share", "/:/a", NULL}, "whole file tree");
    refuse((const char *const[]){"--share", "/proc:/a", NULL}, "/proc");
    refuse((const char *const[]){"--share", "/sys:/a", NULL}, "/sys");
    refuse((const char *const[]){"--share", "/usr:/", NULL}, "at /");
    refuse((const char *const[]){"--share", "/usr:/a/../b", NULL}, "/a/../b");
}

static const struct test tests[] = {
    {"files are read and written", files},
    {"times of a call are told", times},
    {"missing pages are faults", missing_pages},
    {"lengths that wrap are faults", wrapped_lengths},
    {"read-only pages are not written", read_only_pages},
    {"moved and dropped pages are followed", moved_pages},
    {"page tables that lie lead nowhere", page_tables_that_lie},
    {"large pages end where the memory ends", partial_large_pages},
    {"vectors are checked in full", vectors},
    {"a vector that changes behind its check is not used", racing_vector},
    {"a page that changes behind its check stays in the memory", racing_page},
    {"the agent's own descriptors are not the app's", the_agents_descriptors},
    {"poll and select know the app's descriptors only", polling},
    {"sockets come in pairs only", pairs_of_sockets},
    {"descriptors run out below the agent's own", descriptors_run_out},
    {"nothing outside of the tree is reachable", the_tree},
    {"files of the machine are used and not changed", files_of_the_machine},
    {"a read-only share is not written", read_only_share},
    {"waiting calls stop nobody", waiting_calls},
    {"a command that waits stops nobody", waiting_commands},
    {"a waiting call survives what is forgotten", waiting_and_drops},
    {"opening a file waits for nobody, a pipe for its other end", opening},
    {"an interrupt ends its call and no other", interrupts},
    {"too many waiting calls are told to come again", more_waiting_calls_than_threads},
    {"an idle agent sleeps until it is rung", an_idle_agent_sleeps},
    {"a doorbell that nobody empties stops nobody", a_full_doorbell},
    {"texts are checked", texts},
    {"a kernel's report has an end", too_much_text},
    {"the report says what was", the_report},
    {"garbage in requests ends the agent", garbage_in_requests},
    {"garbage at the start ends the agent", garbage_at_the_start},
    {"a kernel that vanishes is lost", a_kernel_that_vanishes},
    {"an orphan ends", an_orphan_ends},
    {"an orphan ends that has much to do", a_busy_orphan_ends},
    {"an agent that is killed amid calls leaves nothing", killed_amid_calls},
    {"an app runs natively", natively},
    {"what a native app leaves running ends with it", native_leftovers},
    {"the app's files are the user's", the_user},
    {"what is mounted below a share is shared no further", mounts_below_a_share},
    {"shares that cannot be are refused", shares_that_cannot_be},
    {NULL, NULL},
};

int main(int count, char **words) {
    signal(SIGPIPE, SIG_IGN);
    return run_tests(tests, count > 1 ? words[1] : NULL);
}
