/*
 * Malformed requests, hostile pointers and lengths, and changes behind checks, for a while, against
 * the real agent: fuzz SECONDS [SEED]. The agent must neither crash nor stop answering, and nothing
 * outside of the window and the shares may change.
 */
#define _GNU_SOURCE
#include "kernel.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct kernel k;
static _Thread_local uint64_t state;
static volatile bool racing = true;

#define CORES     4 /* each with a ring, and with a thread here that fills it */
#define IN_FLIGHT 4

/* xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled"
 */
static uint64_t random_of(uint64_t *from) {
    *from ^= *from >> 12;
    *from ^= *from << 25;
    *from ^= *from >> 27;
    return *from * 0x2545f4914f6cdd1dull;
}

static uint64_t below(uint64_t limit) {
    return random_of(&state) % limit;
}

static bool one_in(uint64_t count) {
    return below(count) == 0;
}

/* --- arguments --- */

static uint64_t hostile_address(void) {
    static const uint64_t edges[] = {0,
                                     1,
                                     0xfff,
                                     0x1000,
                                     0xffff,
                                     0x10000,
                                     DATA - 1,
                                     DATA + DATA_PAGES * PAGE - 1,
                                     DATA + DATA_PAGES * PAGE,
                                     READ_ONLY,
                                     NOTHING,
                                     0x7dfffffff000,
                                     0x7dffffffffff,
                                     0x7e0000000000,
                                     0x7ffffffff000,
                                     0x7fffffffffff,
                                     0x800000000000,
                                     0xffff800000000000,
                                     0xffffffff80000000,
                                     -1ull,
                                     -4096ull};
    uint64_t edge = edges[below(sizeof edges / sizeof *edges)];
    switch (below(4)) {
    case 0:
        return 0x7e0000000000 + (below(1ull << 41) & ~0xfffull); /* where the agent is */
    case 1:
        return random_of(&state);
    default:
        return edge + below(3) * 8;
    }
}

static uint64_t address(void) {
    return one_in(4) ? hostile_address() : DATA + below(DATA_PAGES * PAGE);
}

static uint64_t length(void) {
    static const uint64_t edges[] = {0,          1,          8,          4096,       4097,
                                     1ull << 20, 0x7ffff000, 0x80000000, 0xffffffff, 1ull << 32,
                                     1ull << 47, 1ull << 63, -1ull,      -4096ull};
    return one_in(3) ? edges[below(sizeof edges / sizeof *edges)] : below(9000);
}

static uint64_t descriptor(void) {
    switch (below(8)) {
    case 0:
        return 990 + below(40);
    case 1:
        return (uint64_t)(int64_t)-100; /* AT_FDCWD */
    case 2:
        return random_of(&state);
    default:
        return below(24);
    }
}

static uint64_t value(void) {
    switch (below(4)) {
    case 0:
        return length();
    case 1:
        return 1ull << below(64);
    case 2:
        return random_of(&state);
    default:
        return below(16);
    }
}

static uint64_t argument(void) {
    switch (below(4)) {
    case 0:
        return descriptor();
    case 1:
        return length();
    case 2:
        return value();
    default:
        return address();
    }
}

static const char *const paths[] = {"a",
                                    "b",
                                    "folder",
                                    "folder/a",
                                    "../..",
                                    "/",
                                    "/etc",
                                    "/etc/passwd",
                                    "/proc/self",
                                    "/given/kept",
                                    "/given/new",
                                    "/dev/null",
                                    "/tmp",
                                    "/tmp/x",
                                    "/share",
                                    "/proc/self/fd/1",
                                    "/dev/zero",
                                    "",
                                    "../../../../../../../../tmp",
                                    "/dev/../../../etc/shadow",
                                    "/share/../../outside/canary"};

/* Paths, vectors and times lie all over the app's memory. */
static void scatter(void) {
    for (int i = 0; i < 40; i++) {
        uint8_t *at = k.memory + PAGES_AT + below(DATA_PAGES * PAGE - 64) / 8 * 8;
        if (one_in(2)) {
            strcpy((char *)at, paths[below(sizeof paths / sizeof *paths)]);
        } else {
            for (int word = 0; word < 4; word++)
                ((uint64_t *)at)[word] = argument();
        }
    }
}

/* --- requests --- */

static const uint16_t common[] = {
    SYS_chmod,        SYS_fchmod,      SYS_fchown,     SYS_fchownat,
    SYS_fsetxattr,    SYS_ftruncate,   SYS_read,       SYS_write,
    SYS_open,         SYS_openat,      SYS_close,      SYS_readv,
    SYS_writev,       SYS_pread64,     SYS_preadv2,    SYS_fstat,
    SYS_poll,         SYS_ppoll,       SYS_select,     SYS_pselect6,
    SYS_pipe2,        SYS_fcntl,       SYS_ioctl,      SYS_dup2,
    SYS_dup3,         SYS_splice,      SYS_sendfile,   SYS_statx,
    SYS_getdents64,   SYS_epoll_ctl,   SYS_epoll_wait, SYS_socketpair,
    SYS_recvfrom,     SYS_sendto,      SYS_rename,     SYS_unlink,
    SYS_link,         SYS_symlink,     SYS_mkdir,      SYS_readlink,
    SYS_newfstatat,   SYS_close_range, SYS_nanosleep,  SYS_copy_file_range,
    SYS_utimensat,    SYS_getcwd,      SYS_chdir,      SYS_fchdir,
    SYS_setxattr,     SYS_getxattr,    SYS_truncate,   SYS_mknodat,
    SYS_epoll_create1};

static uint32_t number(void) {
    if (one_in(50))
        return (uint32_t)below(70000);
    if (one_in(4))
        return (uint32_t)below(460);
    return common[below(sizeof common / sizeof *common)];
}

/* Arguments as the call would have them, as often as not. */
static void fill(uint32_t call_number, uint64_t a[6]) {
    for (int i = 0; i < 6; i++)
        a[i] = argument();
    if (one_in(2))
        return;
    switch (call_number) {
    case SYS_open:
    case SYS_readlink:
    case SYS_mkdir:
        a[0] = address(), a[1] = one_in(2) ? O_RDWR | O_CREAT : value();
        break;
    case SYS_openat:
    case SYS_newfstatat:
    case SYS_mknodat:
        a[0] = one_in(2) ? (uint64_t)-100 : descriptor(), a[1] = address();
        break;
    case SYS_poll:
    case SYS_ppoll:
        a[0] = address(), a[1] = below(1100), a[2] = one_in(2) ? 0 : a[2];
        break;
    default:
        a[0] = descriptor(), a[1] = address(), a[2] = length();
    }
}

/* --- what races --- */

/* Page tables, drops and the words of the app's memory change all the time. */
static void *race(void *seed) {
    uint64_t own = 0x9e3779b97f4a7c15ull ^ *(uint64_t *)seed;
    uint64_t good[DATA_PAGES], *entries[DATA_PAGES];
    for (int i = 0; i < DATA_PAGES; i++)
        good[i] = *(entries[i] = kernel_entry(&k, DATA + (uint64_t)i * PAGE, 1));
    while (racing) {
        uint64_t r = random_of(&own), page = r % DATA_PAGES, at = DATA + page * PAGE;
        volatile uint64_t *entry = entries[page];
        static const uint64_t bad[] = {0, MEMORY | APP, -1ull, MEMORY - PAGE, 1ull << 51 | APP};
        if (r >> 32 & 1)
            *entry = bad[(r >> 40) % 5];
        usleep(1);
        *entry = r >> 33 & 1 ? good[page] : good[(page + 1) % DATA_PAGES];
        if (r >> 34 & 1)
            kernel_drop(&k, at, at + (r >> 36 & 3) * PAGE);
        if ((r >> 44 & 255) == 0)
            kernel_drop(&k, r, random_of(&own));
        volatile uint64_t *word =
            (uint64_t *)(k.memory + PAGES_AT + (random_of(&own) % (64 * PAGE)) / 8 * 8);
        *word ^= r & 1 ? 0x7e0000000000 : r;
    }
    return NULL;
}

/* --- the whole --- */

static void check(bool good, const char *what) {
    if (good)
        return;
    printf("not ok - %s\n# report: %s\n# %s is kept\n", what, kernel_report(&k), k.folder);
    if (k.agent > 0)
        kill(k.agent, SIGKILL);
    exit(1);
}

static bool alive(void) {
    int status;
    if (waitpid(k.agent, &status, WNOHANG) == 0)
        return true;
    printf("# the agent's status: 0x%x\n", status);
    k.agent = 0;
    return false;
}

static bool has_text(const char *name, const char *text) {
    char path[256], content[64] = "";
    snprintf(path, sizeof path, "%s/%s", k.folder, name);
    FILE *file = fopen(path, "r");
    size_t got = file ? fread(content, 1, sizeof content - 1, file) : 0;
    if (file)
        fclose(file);
    return got == strlen(text) && memcmp(content, text, got) == 0;
}

static int entries(const char *name) {
    char command[256];
    int count = -1;
    snprintf(command, sizeof command, "find '%s/%s' | wc -l", k.folder, name);
    FILE *find = popen(command, "r");
    if (!find || fscanf(find, "%d", &count) != 1 || pclose(find) != 0)
        return -1;
    return count;
}

static mode_t mode_of(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 ? status.st_mode : 0;
}

static void check_outside(void) {
    check(has_text("outside/canary", "unharmed\n"), "a file outside of the shares was changed");
    check(has_text("read-only/kept", "as it was\n"), "a read-only share was changed");
    check(entries("outside") == 3 && entries("read-only") == 2, "there are new files outside");
    check(mode_of("/dev/null") == (S_IFCHR | 0666), "a device was changed");
    char stream[256];
    snprintf(stream, sizeof stream, "%s/outside/stream", k.folder);
    check(mode_of(stream) == (S_IFREG | 0644), "a stream's file was changed");
    for (uint64_t i = MEMORY; i < MEMORY + BEYOND; i++)
        check(k.memory[i] == 0xca, "memory outside of the regions was changed");
}

/* Devices of its own, so that no defect of the agent's can harm the machine's: as root; others
 * cannot change them. */
static void make_devices(void) {
    static const char *const names[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random",
                                        "/dev/urandom"};
    static const unsigned minors[] = {3, 5, 7, 8, 9};
    if (geteuid() != 0)
        return;
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", "/dev", "tmpfs", 0, "mode=755") != 0) {
        perror("the test's devices");
        exit(1);
    }
    umask(0);
    for (int i = 0; i < 5; i++)
        if (mknod(names[i], S_IFCHR | 0666, makedev(1, minors[i])) != 0) {
            perror(names[i]);
            exit(1);
        }
    umask(022);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* The answer, if need be by interrupting the call. */
static void await(uint32_t core, uint32_t thread, uint64_t sequence) {
    struct answer answer;
    double start = now(), last = start;
    while (!kernel_answered(&k, core, thread, sequence, &answer)) {
        if (now() - last > 0.002) {
            const uint64_t whom[6] = {thread};
            kernel_submit(&k, core, core, DIVER_INTERRUPT, whom);
            last = now();
            check(alive(), "the agent ended");
        }
        check(now() - start < 30, "the agent does not answer");
    }
}

/* What one core does. */
struct driver {
    pthread_t thread;
    uint32_t core;
    uint64_t seed, count;
    double seconds;
};

static void *drive(void *argument) {
    struct driver *driver = argument;
    uint64_t pending[IN_FLIGHT] = {0};
    uint32_t core = driver->core, lines = 100 + core * IN_FLIGHT;
    state = driver->seed;
    for (double start = now(); now() - start < driver->seconds; driver->count++) {
        uint64_t a[6];
        uint32_t slot = driver->count % IN_FLIGHT, call_number = number();
        if (pending[slot])
            await(core, lines + slot, pending[slot]);
        if (driver->count % 16 == 0)
            scatter();
        fill(call_number, a);
        if (call_number == SYS_sync || (call_number >= 0x10001 && call_number <= 0x10004))
            call_number = SYS_getpid;
        if (call_number > 0x10000)
            call_number = 0x10000;
        pending[slot] = kernel_submit(&k, core, lines + slot, call_number, a);
        if (core == 0 && driver->count % 4096 == 0)
            check_outside();
    }
    for (uint32_t slot = 0; slot < IN_FLIGHT; slot++)
        if (pending[slot])
            await(core, lines + slot, pending[slot]);
    return NULL;
}

static uint64_t rounds(double seconds) {
    struct driver drivers[CORES];
    uint64_t count = 0;
    for (uint32_t core = 0; core < CORES; core++) {
        drivers[core] =
            (struct driver){.core = core, .seed = random_of(&state), .seconds = seconds};
        pthread_create(&drivers[core].thread, NULL, drive, &drivers[core]);
    }
    for (uint32_t core = 0; core < CORES; core++) {
        pthread_join(drivers[core].thread, NULL);
        count += drivers[core].count;
    }
    return count;
}

/* One byte of the channel or of the greeting is wrong: the agent says so and ends, or serves on. */
static void spoil_channel(void) {
    uint64_t at = below(one_in(2) ? 64 : 128 + 4096 + sizeof(struct diver_core));
    kernel_start(&k);
    call(&k, SYS_getpid);
    ((uint8_t *)k.channel)[at] ^= 1 << below(8);
    const uint64_t none[6] = {0};
    kernel_submit(&k, 0, 100, SYS_getpid, none);
    usleep(20000);
    int status = 0;
    if (waitpid(k.agent, &status, WNOHANG) == k.agent) {
        k.agent = 0;
        check(WIFEXITED(status) && WEXITSTATUS(status) == 1, "a spoilt channel crashed the agent");
        check(strstr(kernel_report(&k), "agent-error") != NULL, "the agent ended without a word");
    }
    kernel_end(&k);
}

int main(int argc, char **argv) {
    double seconds = argc > 1 ? atof(argv[1]) : 10;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : (uint64_t)time(NULL);
    const struct rlimit small = {8 << 20, RLIM_INFINITY}, large = {RLIM_INFINITY, RLIM_INFINITY};
    pthread_t racer;
    state = seed * 2 + 1;
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("# seed %lu\n", seed);
    make_devices();
    kernel_prepare(&k);
    k.cores = CORES;
    setrlimit(RLIMIT_FSIZE, &small); /* the app's files: the memory is there already */
    kernel_start_agent(&k, NULL);
    kernel_connect(&k);
    kernel_hello(&k, DIVER_HELLO, CHANNEL_AT);
    pthread_create(&racer, NULL, race, &seed);
    uint64_t count = rounds(seconds);
    racing = false;
    pthread_join(racer, NULL);
    check_outside();
    check(kernel_say_end(&k) == 0, "the agent did not end well");
    printf("# %.300s…\n", strstr(kernel_report(&k), "{\"event\":\"delegate\""));
    kernel_end(&k);
    setrlimit(RLIMIT_FSIZE, &large);
    for (int i = 0; i < 20; i++)
        spoil_channel();
    printf("ok - %lu requests\n", count);
    return 0;
}
