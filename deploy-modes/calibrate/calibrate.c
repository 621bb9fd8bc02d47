/*
 * Times system calls, for a delegation profile: calibrate TRIALS FOLDER, or calibrate TRIALS
 * --local
 *
 * Runs once on a kernel that forwards the calls and once on the Linux that serves them; Java takes
 * the one from the other. The calls are those of Tauro, Liu and Hale (table 3) and getpid, invoked
 * directly, without libc's wrappers. Each trial is timed by itself with the TSC, fenced on both
 * sides. --local leaves out what needs a file system, for what a kernel handles itself.
 *
 * Prints JSON lines: what was measured with, a line for each series, and a last line, without which
 * the output is not whole. Statistics are for the reader: a series has every trial, in TSC ticks,
 * the clock's own cost (series "empty") included.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define VERSION      1
#define TRIALS_MAX   100000
#define PAYLOAD_MAX  (1 << 20)
#define FEWEST       50 /* trials of each payload */
#define PROCESSORS   1024
#define FREQUENCY_NS 200000000

struct call {
    long number, a, b, c;
};

static uint32_t ticks[TRIALS_MAX];
static char payload[PAYLOAD_MAX] __attribute__((aligned(4096)));

static inline uint64_t tsc(void) {
    uint32_t low, high;
    __asm__ volatile("lfence\n\trdtsc\n\tlfence" : "=a"(low), "=d"(high)::"memory");
    return (uint64_t)high << 32 | low;
}

static inline long invoke(const struct call *call) {
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(call->number), "D"(call->a), "S"(call->b), "d"(call->c)
                     : "rcx", "r11", "memory");
    return result;
}

static void fail(const char *what, long result) {
    fprintf(stderr, "calibrate: %s: %s\n", what, strerror((int)-result));
    exit(1);
}

static uint32_t clamped(uint64_t passed) {
    return passed < UINT32_MAX ? (uint32_t)passed : UINT32_MAX;
}

static uint64_t monotonic_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Ticks of the TSC in a second, by the system's clock. */
static uint64_t frequency(void) {
    uint64_t start_ns = monotonic_ns(), start = tsc(), now_ns;
    do {
        now_ns = monotonic_ns();
    } while (now_ns - start_ns < FREQUENCY_NS);
    return (uint64_t)((double)(tsc() - start) * 1e9 / (double)(now_ns - start_ns));
}

static void print(const char *series, long bytes, int trials) {
    printf("{\"series\":\"%s\",\"bytes\":%ld,\"ticks\":[", series, bytes);
    for (int i = 0; i < trials; i++)
        printf(i ? ",%u" : "%u", ticks[i]);
    puts("]}");
    fflush(stdout);
}

static void time_nothing(int trials) {
    for (int i = -trials / 4; i < trials; i++) {
        uint64_t start = tsc();
        uint64_t passed = tsc() - start;
        if (i >= 0)
            ticks[i] = clamped(passed);
    }
    print("empty", 0, trials);
}

/* A fourth more trials are made first, and not counted. `rewind`, if not negative, is a file whose
 * offset is set back before each trial, so that the file stays as large as it is. */
static void time_call(const char *series, const struct call *call, int rewind, int trials) {
    for (int i = -trials / 4; i < trials; i++) {
        if (rewind >= 0)
            syscall(SYS_lseek, rewind, 0L, SEEK_SET);
        uint64_t start = tsc();
        long result = invoke(call);
        uint64_t passed = tsc() - start;
        if (result < 0)
            fail(series, result);
        if (i >= 0)
            ticks[i] = clamped(passed);
    }
    print(series, call->c, trials);
}

static void time_local(int trials) {
    static struct utsname name;
    time_call("getpid", &(struct call){.number = SYS_getpid}, -1, trials);
    time_call("uname", &(struct call){.number = SYS_uname, .a = (long)&name}, -1, trials);
}

static void time_payloads(int file, int trials) {
    int fewer = trials / 10 > FEWEST ? trials / 10 : FEWEST;
    for (long bytes = 0; bytes <= PAYLOAD_MAX; bytes = bytes ? bytes * 2 : 1) {
        struct call write = {SYS_write, file, (long)payload, bytes};
        time_call("payload_write", &write, file, fewer);
    }
    for (long bytes = 0; bytes <= PAYLOAD_MAX; bytes = bytes ? bytes * 2 : 1) {
        struct call read = {SYS_read, file, (long)payload, bytes};
        time_call("payload_read", &read, file, fewer);
    }
}

static void time_files(const char *folder, int trials) {
    static struct stat status;
    char path[4096];
    snprintf(path, sizeof path, "%s/calibrate.%ld", folder, (long)getpid());
    int file = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (file < 0) {
        perror(path);
        exit(1);
    }
    unlink(path);
    memset(payload, 'p', sizeof payload);
    struct call write_file = {SYS_write, file, (long)payload, 1};
    struct call fstat_file = {.number = SYS_fstat, .a = file, .b = (long)&status};
    struct call write_console = {SYS_write, STDERR_FILENO, (long)"\n", 1};
    time_call("write_to_file", &write_file, file, trials);
    time_call("fstat", &fstat_file, -1, trials);
    time_call("write_to_console", &write_console, -1, trials);
    time_payloads(file, trials);
    close(file);
}

/* A cache line that two threads hand to each other, and nothing else. */
static struct {
    _Atomic uint32_t ping __attribute__((aligned(64)));
    _Atomic uint32_t pong __attribute__((aligned(64)));
} line;

static bool pin(int processor) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    return sched_setaffinity(0, sizeof set, &set) == 0;
}

static int next_processor(int after) {
    int processor = after + 1;
    while (processor < PROCESSORS && !pin(processor))
        processor++;
    return processor;
}

static void *echo(void *argument) {
    const int *work = argument;
    pin(work[0]);
    for (uint32_t round = 1; round <= (uint32_t)work[1]; round++) {
        while (atomic_load_explicit(&line.ping, memory_order_acquire) != round)
            ;
        atomic_store_explicit(&line.pong, round, memory_order_release);
    }
    return NULL;
}

/* What two cores of this machine need for a question and an answer, at the least. */
static void time_ping_pong(int trials) {
    int first = next_processor(-1), second = next_processor(first);
    int warm_up = trials / 4, work[2] = {second, warm_up + trials};
    pthread_t other;
    if (second >= PROCESSORS || !pin(first) || pthread_create(&other, NULL, echo, work) != 0)
        return;
    for (int i = -warm_up; i < trials; i++) {
        uint32_t round = (uint32_t)(i + warm_up + 1);
        uint64_t start = tsc();
        atomic_store_explicit(&line.ping, round, memory_order_release);
        while (atomic_load_explicit(&line.pong, memory_order_acquire) != round)
            ;
        uint64_t passed = tsc() - start;
        if (i >= 0)
            ticks[i] = clamped(passed);
    }
    pthread_join(other, NULL);
    print("ping_pong", 0, trials);
}

int main(int argc, char **argv) {
    int trials = argc == 3 ? atoi(argv[1]) : 0;
    if (trials < 4 || trials > TRIALS_MAX) {
        fprintf(stderr, "usage: calibrate TRIALS FOLDER|--local (4 to %d trials)\n", TRIALS_MAX);
        return 2;
    }
    printf("{\"program\":\"calibrate\",\"version\":%d,\"trials\":%d,\"tsc_hz\":%lu}\n", VERSION,
           trials, frequency());
    time_nothing(trials);
    time_local(trials);
    if (strcmp(argv[2], "--local") != 0) {
        time_files(argv[2], trials);
        time_ping_pong(trials);
    }
    puts("{\"end\":true}");
    return fflush(stdout) == 0 ? 0 : 1;
}
