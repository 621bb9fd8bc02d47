/*
 * Plays the keeper of an enclave that test/partition has made, by a script of one request a line,
 * and says on the console what was answered. It is the machine's /init, and leaves that to the
 * agent. Beside its script it is told where the enclave's memory is.
 *
 *   add-core NUMBER CPU         remove-core NUMBER CPU      ask KIND [ARGUMENT ...], in any base
 *   offline CPU                 online CPU                  Linux's own
 *   above BYTES, below BYTES    waits until so much of the enclave's memory is unused
 *   raw WORD VALUE              writes a word of the request, the first of which is its number
 *   stray VECTOR, nmi           to all of the enclave's cores, as Linux's broadcasts
 *   cycle TIMES NUMBER CPU      adds and removes a core
 *   churn TIMES SEED            removes random amounts of memory, and adds them again; garbage, too
 *
 * 5M is five MiB.
 */
#define _GNU_SOURCE
#include <diver/enclave.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define APIC     0xfee00000
#define ICR_LOW  (0x300 / 4)
#define ICR_HIGH (0x310 / 4)
#define INIT     0x4500
#define FIXED    0x4000
#define NMI      0x4400
#define PENDING  0x1000
#define PAGE     4096

static struct diver_enclave *info;
static struct diver_resize *resize;
static volatile uint32_t *apic;
static uint32_t apic_ids[DIVER_CORES_MAX];
static uint64_t core_mask;
static FILE *console;

static void say(const char *pattern, ...) {
    va_list arguments;
    va_start(arguments, pattern);
    vfprintf(console, pattern, arguments);
    fflush(console);
}

_Noreturn static void give_up(const char *what) {
    say("keeper: %s: %s\n", what, strerror(errno));
    exit(1);
}

static double now_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static void pause_ms(long milliseconds) {
    nanosleep(&(struct timespec){milliseconds / 1000, milliseconds % 1000 * 1000000}, NULL);
}

static void *map_physical(uint64_t at, size_t bytes) {
    int memory = open("/dev/mem", O_RDWR);
    void *found = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory, (off_t)at);
    if (memory < 0 || found == MAP_FAILED)
        give_up("physical memory");
    close(memory);
    return found;
}

static void send(uint32_t apic_id, uint32_t what) {
    while (apic[ICR_LOW] & PENDING)
        ;
    apic[ICR_HIGH] = apic_id << 24;
    apic[ICR_LOW] = what;
}

/* --- Linux's cores --- */

static bool set_online(unsigned cpu, bool online) {
    char path[64];
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%u/online", cpu);
    int file = open(path, O_WRONLY);
    bool done = file >= 0 && write(file, online ? "1" : "0", 1) == 1;
    close(file);
    return done;
}

/* --- requests --- */

static void send_all(uint32_t what) {
    for (unsigned i = 0; i < DIVER_CORES_MAX; i++)
        if (core_mask >> i & 1)
            send(apic_ids[i], what);
}

static void wake(void) {
    send_all(FIXED | DIVER_WAKE_VECTOR);
}

static int64_t ask(uint32_t kind, const uint64_t argument[4]) {
    uint64_t sequence = resize->answer.sequence + 1;
    resize->request.kind = kind;
    memcpy(resize->request.argument, argument, sizeof resize->request.argument);
    __atomic_store_n(&resize->request.sequence, sequence, __ATOMIC_RELEASE);
    wake();
    while (__atomic_load_n(&resize->answer.sequence, __ATOMIC_ACQUIRE) != sequence)
        ;
    core_mask = resize->answer.cores;
    return resize->answer.result;
}

static void say_answer(const char *line, int64_t result, double ms) {
    if (!line)
        return;
    say("keeper: %s: %ld, cores 0x%lx, memory %lu, removable %lu, ranges", line, result,
        resize->answer.cores, resize->answer.memory, resize->answer.removable);
    for (uint32_t i = 0; i < resize->answer.range_count; i++)
        say(" %lx+%lx", resize->ranges[i].start, resize->ranges[i].bytes);
    say("; %.3f ms\n", ms);
}

static void add_core(const uint64_t argument[4], const char *line) {
    uint8_t *low = map_physical(info->trampoline, PAGE);
    uint8_t saved[PAGE];
    uint64_t words[4] = {argument[0], argument[1]};
    set_online((unsigned)argument[1], false);
    memcpy(saved, low, sizeof saved);
    double start = now_ms();
    int64_t result = ask(DIVER_ADD_CORE, words);
    double end = now_ms();
    memcpy(low, saved, sizeof saved);
    if (result == 0)
        apic_ids[argument[0]] = (uint32_t)argument[1];
    else if (result == -EIO)
        send((uint32_t)argument[1], INIT);
    say_answer(line, result, end - start);
}

static void remove_core(const uint64_t argument[4], const char *line) {
    double start = now_ms();
    int64_t result = ask(DIVER_REMOVE_CORE, argument);
    double end = now_ms();
    if (result == 0)
        send((uint32_t)argument[1], INIT);
    say_answer(line, result, end - start);
}

static void await_unused(uint64_t bytes, bool above) {
    const uint64_t all[4] = {1ull << 46, 0, UINT64_MAX, DIVER_CHUNK};
    do {
        pause_ms(2);
        ask(DIVER_REMOVE_MEMORY, all);
    } while ((resize->answer.unused > bytes) != above);
}

/* --- many of them --- */

static void cycle(const uint64_t argument[4], const char *line) {
    unsigned failed = 0;
    for (uint64_t i = 0; i < argument[0]; i++) {
        const uint64_t core[4] = {argument[1], argument[2]};
        add_core(core, NULL);
        failed += resize->answer.result != 0;
        remove_core(core, NULL);
        failed += resize->answer.result != 0;
    }
    say("keeper: %s: %u failed\n", line, failed);
}

static uint64_t next_random(uint64_t *state) { /* xorshift64 */
    *state ^= *state << 13;
    *state ^= *state >> 7;
    return *state ^= *state << 17;
}

/* The last two kinds are none; where a core would be started there is one already. */
static void ask_garbage(uint64_t *state) {
    static const uint32_t kinds[] = {2, 3, 4, 0, 5};
    uint64_t words[4];
    for (int i = 0; i < 4; i++)
        words[i] = next_random(state) >> next_random(state) % 64 | 1;
    if (ask(kinds[next_random(state) % 5], words) == 0)
        say("keeper: garbage was done\n");
}

static void add_again(unsigned *failed) {
    static struct diver_region ranges[DIVER_REGIONS_MAX];
    uint32_t count = resize->answer.range_count;
    memcpy(ranges, resize->ranges, sizeof ranges);
    for (uint32_t i = 0; i < count; i++)
        *failed += ask(DIVER_ADD_MEMORY, (uint64_t[4]){ranges[i].start, ranges[i].bytes}) != 0;
}

static void churn(const uint64_t argument[4], const char *line) {
    uint64_t state = argument[1] | 1, moved = 0;
    unsigned failed = 0;
    for (uint64_t i = 0; i < argument[0]; i++) {
        uint64_t unit = DIVER_CHUNK << next_random(&state) % 3;
        uint64_t words[4] = {unit * (1 + next_random(&state) % 12), 0, UINT64_MAX, unit};
        if (ask(DIVER_REMOVE_MEMORY, words) == 0) {
            moved += words[0];
            add_again(&failed);
        }
        ask_garbage(&state);
    }
    say("keeper: %s: %u failed, memory %lu%s\n", line, failed, resize->answer.memory,
        moved ? ", moved" : "");
}

/* --- the script --- */

static void execute(char *line) {
    char verb[32] = "";
    uint64_t argument[6] = {0};
    int at = 0;
    sscanf(line, "%31s%n", verb, &at);
    char *word = line + at, *end = word;
    for (int i = 0; i < 6 && *word; i++, word = end) {
        argument[i] = strtoull(word, &end, 0);
        if (*end == 'M' && end++)
            argument[i] <<= 20;
    }
    if (strcmp(verb, "add-core") == 0) {
        add_core(argument, line);
    } else if (strcmp(verb, "remove-core") == 0) {
        remove_core(argument, line);
    } else if (strcmp(verb, "ask") == 0) {
        double start = now_ms();
        int64_t result = ask((uint32_t)argument[0], argument + 1);
        say_answer(line, result, now_ms() - start);
    } else if (strcmp(verb, "offline") == 0 || strcmp(verb, "online") == 0) {
        double start = now_ms();
        bool done = set_online((unsigned)argument[0], verb[1] == 'n');
        say("keeper: %s: %s; %.3f ms\n", line, done ? "done" : "refused", now_ms() - start);
    } else if (strcmp(verb, "above") == 0 || strcmp(verb, "below") == 0) {
        await_unused(argument[0], verb[0] == 'a');
    } else if (strcmp(verb, "raw") == 0) {
        ((volatile uint64_t *)&resize->request)[argument[0] % 8] = argument[1];
        wake();
    } else if (strcmp(verb, "stray") == 0) {
        send_all(FIXED | (uint8_t)argument[0]);
    } else if (strcmp(verb, "nmi") == 0) {
        send_all(NMI);
    } else if (strcmp(verb, "cycle") == 0) {
        cycle(argument, line);
    } else if (strcmp(verb, "churn") == 0) {
        churn(argument, line);
    } else {
        say("keeper: %s is not understood\n", line);
    }
}

static void keep(const char *base) {
    char line[256];
    FILE *script = fopen("/diver/script", "r");
    while (access("/sys/devices/system/cpu", F_OK) != 0 || access("/dev/mem", F_OK) != 0)
        pause_ms(1);
    console = fopen("/dev/console", "w");
    info = map_physical(strtoull(base, NULL, 0), 1 << 20);
    apic = map_physical(APIC, PAGE);
    while (__atomic_load_n(&info->magic, __ATOMIC_ACQUIRE) != DIVER_ENCLAVE_MAGIC || !info->resize)
        pause_ms(1);
    resize = (void *)((uint8_t *)info + (info->resize - strtoull(base, NULL, 0)));
    while ((core_mask = __atomic_load_n(&resize->answer.cores, __ATOMIC_ACQUIRE)) == 0)
        pause_ms(1);
    memcpy(apic_ids, info->apic_ids, sizeof apic_ids);
    while (script && fgets(line, sizeof line, script)) {
        line[strcspn(line, "\n")] = '\0';
        execute(line);
    }
    say("keeper: done\n");
}

int main(void) {
    char base[32] = "";
    FILE *file = fopen("/diver/base", "r");
    if (!file || !fgets(base, sizeof base, file))
        return 1;
    fclose(file);
    if (fork() == 0) {
        keep(base);
        return 0;
    }
    execv("/agent", (char *[]){"/init", NULL});
    return 1;
}
