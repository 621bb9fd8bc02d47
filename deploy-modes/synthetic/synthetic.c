/*
 * A program of phases: it computes, makes system calls, computes again, and so on (Tauro, Liu and
 * Hale, section 4.1). It computes pi by throwing points at a square (Monte Carlo); which calls it
 * makes, and how many, is taken from a trace of another program. A gain of the computation is
 * feigned by fewer points.
 *
 *     synthetic PHASES POINTS CALL=COUNT...
 *
 * All counts and points are those of the whole run; each phase has its share of them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define PAGE        4096
#define PAGES       16
#define PAYLOAD     4096 /* what stdio reads and writes at a time */
#define FILE_BYTES  (256 * PAYLOAD)
#define OPENED_MOST 32

/* What the calls work on: a file without a name, which has this descriptor, and memory. */
#define FILE_DESCRIPTOR 100
static char buffer[PAYLOAD];
static char pages[PAGES + 1][PAGE] __attribute__((aligned(PAGE)));
static uint32_t word;

/* The file's content is read and written again and again. */
static void transfer(long call) {
    static size_t position;
    if (position >= FILE_BYTES) {
        position = 0;
        syscall(SYS_lseek, FILE_DESCRIPTOR, 0, SEEK_SET);
    }
    syscall(call, FILE_DESCRIPTOR, buffer, PAYLOAD);
    position += PAYLOAD;
}

static int opened[OPENED_MOST]; /* by calls of openat, and not closed yet */
static size_t opened_count;

static void make_openat(long call) {
    long descriptor = syscall(call, AT_FDCWD, "/", O_RDONLY | O_DIRECTORY);
    if (descriptor >= 0 && opened_count < OPENED_MOST)
        opened[opened_count++] = (int)descriptor;
    else if (descriptor >= 0)
        close((int)descriptor);
}

static void make_close(long call) {
    syscall(call, opened_count > 0 ? opened[--opened_count] : -1);
}

static size_t mapped; /* pages that calls of mmap have mapped anew, and none of munmap removed */

static void make_mmap(long call) {
    mapped = mapped < PAGES ? mapped : 0; /* over earlier ones, as a loader of libraries maps */
    syscall(call, pages[mapped++], PAGE, PROT_READ | PROT_WRITE,
            MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static void make_munmap(long call) {
    mapped -= mapped > 0;
    syscall(call, pages[mapped], PAGE);
}

/* What every program does as it starts and ends: that is done, whatever the trace says. */
static void at_start_and_end(long call) {
    (void)call;
}

/* How each call is made: by a function, else with these arguments. */
static const struct recipe {
    const char *name;
    long call;
    void (*make)(long call);
    long arguments[5];
} recipes[] = {
    {"read", SYS_read, transfer, {0}},
    {"write", SYS_write, transfer, {0}},
    {"pread64", SYS_pread64, NULL, {FILE_DESCRIPTOR, (long)buffer, PAYLOAD, 0}},
    {"pwrite64", SYS_pwrite64, NULL, {FILE_DESCRIPTOR, (long)buffer, PAYLOAD, 0}},
    {"lseek", SYS_lseek, NULL, {FILE_DESCRIPTOR, 0, SEEK_CUR}},
    {"stat", SYS_stat, NULL, {(long)"/", (long)buffer}},
    {"fstat", SYS_fstat, NULL, {FILE_DESCRIPTOR, (long)buffer}},
    {"newfstatat", SYS_newfstatat, NULL, {FILE_DESCRIPTOR, (long)"", (long)buffer, AT_EMPTY_PATH}},
    {"access", SYS_access, NULL, {(long)"/no-such-file", R_OK}},
    {"unlink", SYS_unlink, NULL, {(long)"/no-such-file"}},
    {"readlink", SYS_readlink, NULL, {(long)"/", (long)buffer, PAYLOAD}},
    {"getcwd", SYS_getcwd, NULL, {(long)buffer, PAYLOAD}},
    {"fcntl", SYS_fcntl, NULL, {FILE_DESCRIPTOR, F_GETFD}},
    {"ioctl", SYS_ioctl, NULL, {FILE_DESCRIPTOR, TCGETS, (long)buffer}},
    {"fchmod", SYS_fchmod, NULL, {FILE_DESCRIPTOR, 0600}},
    {"fchown", SYS_fchown, NULL, {FILE_DESCRIPTOR, -1, -1}},
    {"utimensat", SYS_utimensat, NULL, {FILE_DESCRIPTOR, 0, 0, 0}},
    {"openat", SYS_openat, make_openat, {0}},
    {"close", SYS_close, make_close, {0}},
    {"mmap", SYS_mmap, make_mmap, {0}},
    {"munmap", SYS_munmap, make_munmap, {0}},
    {"mprotect", SYS_mprotect, NULL, {(long)pages[PAGES], PAGE, PROT_READ | PROT_WRITE}},
    {"madvise", SYS_madvise, NULL, {(long)pages[PAGES], PAGE, MADV_NORMAL}},
    {"brk", SYS_brk, NULL, {0}},
    {"rt_sigaction", SYS_rt_sigaction, NULL, {SIGUSR1, 0, 0, 8}},
    {"rt_sigprocmask", SYS_rt_sigprocmask, NULL, {SIG_BLOCK, 0, 0, 8}},
    {"getpid", SYS_getpid, NULL, {0}},
    {"gettid", SYS_gettid, NULL, {0}},
    {"getppid", SYS_getppid, NULL, {0}},
    {"getuid", SYS_getuid, NULL, {0}},
    {"geteuid", SYS_geteuid, NULL, {0}},
    {"getgid", SYS_getgid, NULL, {0}},
    {"getegid", SYS_getegid, NULL, {0}},
    {"uname", SYS_uname, NULL, {(long)buffer}},
    {"getrusage", SYS_getrusage, NULL, {RUSAGE_SELF, (long)buffer}},
    {"prlimit64", SYS_prlimit64, NULL, {0, RLIMIT_STACK, 0, (long)buffer}},
    {"getrandom", SYS_getrandom, NULL, {(long)buffer, 8, 0}},
    {"clock_gettime", SYS_clock_gettime, NULL, {CLOCK_MONOTONIC, (long)buffer}},
    {"futex", SYS_futex, NULL, {(long)&word, FUTEX_WAKE, 1}},
    {"sched_yield", SYS_sched_yield, NULL, {0}},
    {"sched_getaffinity", SYS_sched_getaffinity, NULL, {0, PAYLOAD, (long)buffer}},
    {"execve", SYS_execve, at_start_and_end, {0}},
    {"arch_prctl", SYS_arch_prctl, at_start_and_end, {0}},
    {"set_tid_address", SYS_set_tid_address, at_start_and_end, {0}},
    {"set_robust_list", SYS_set_robust_list, at_start_and_end, {0}},
    {"rseq", SYS_rseq, at_start_and_end, {0}},
    {"exit_group", SYS_exit_group, at_start_and_end, {0}},
};

#define RECIPES (sizeof recipes / sizeof recipes[0])

static uint64_t counts[RECIPES];

_Noreturn static void refuse(const char *what, const char *why) {
    fprintf(stderr, "synthetic: \"%s\" %s\n", what, why);
    fprintf(stderr, "usage: synthetic PHASES POINTS CALL=COUNT...\n");
    exit(2);
}

static uint64_t number(const char *text) {
    char *end;
    errno = 0;
    uint64_t value = strtoull(text, &end, 10);
    if (errno || end == text || *end || *text == '-')
        refuse(text, "is not a number");
    return value;
}

/* Takes one CALL=COUNT. */
static void take(char *words) {
    char *count = strchr(words, '=');
    if (!count)
        refuse(words, "has no count");
    *count++ = 0;
    for (size_t i = 0; i < RECIPES; i++)
        if (strcmp(recipes[i].name, words) == 0) {
            counts[i] = number(count);
            return;
        }
    refuse(words, "is a call that cannot be made here");
}

static void make(const struct recipe *recipe) {
    const long *with = recipe->arguments;
    if (recipe->make)
        recipe->make(recipe->call);
    else
        syscall(recipe->call, with[0], with[1], with[2], with[3], with[4]);
}

/* The part of the whole that falls on this phase; all parts add up to the whole. */
static uint64_t share(uint64_t whole, uint64_t phase, uint64_t phases) {
    return whole / phases + (phase < whole % phases);
}

static void make_calls(uint64_t phase, uint64_t phases) {
    for (size_t i = 0; i < RECIPES; i++)
        for (uint64_t left = share(counts[i], phase, phases); left > 0; left--)
            make(&recipes[i]);
}

/* From 0 to 1; Vigna's xorshift64*. */
static double next(uint64_t *state) {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (double)(*state * 0x2545f4914f6cdd1dull >> 11) * 0x1p-53;
}

static uint64_t inside(uint64_t points, uint64_t *state) {
    uint64_t hits = 0;
    for (uint64_t i = 0; i < points; i++) {
        double x = next(state), y = next(state);
        hits += x * x + y * y < 1;
    }
    return hits;
}

static void prepare(void) {
    char name[] = "/tmp/synthetic-XXXXXX";
    int file = mkstemp(name);
    if (file < 0 || unlink(name) || ftruncate(file, FILE_BYTES) ||
        dup2(file, FILE_DESCRIPTOR) < 0 || close(file)) {
        perror("synthetic: a file in /tmp");
        exit(1);
    }
}

int main(int argc, char **argv) {
    if (argc < 3)
        refuse("", "is not a number of phases and of points");
    uint64_t phases = number(argv[1]), points = number(argv[2]);
    if (phases == 0)
        refuse(argv[1], "is not a number of phases");
    for (int i = 3; i < argc; i++)
        take(argv[i]);
    prepare();
    uint64_t state = 1, hits = 0;
    for (uint64_t phase = 0; phase < phases; phase++) {
        hits += inside(share(points, phase, phases), &state);
        make_calls(phase, phases);
    }
    printf("pi %.4f\n", points ? 4.0 * (double)hits / (double)points : 0);
    return 0;
}
