#include "cpus.h"
#include "files.h"
#include "lib.h"
#include "settings.h"
#include "sys.h"

#define FOLDER   "/sys/devices/system/cpu"
#define CPUS_MAX 8192

static int64_t read_state(uint32_t cpu, char text[8]) {
    char path[64];
    format(path, sizeof path, FOLDER "/cpu%u/online", cpu);
    return file_read(path, text, 8);
}

bool cpu_exists(uint32_t cpu) {
    char path[64];
    format(path, sizeof path, FOLDER "/cpu%u", cpu);
    return file_exists(path);
}

bool cpu_is_removable(uint32_t cpu) {
    char text[8];
    return read_state(cpu, text) > 0;
}

/* One without that file is always there. */
bool cpu_is_online(uint32_t cpu) {
    char text[8];
    return read_state(cpu, text) <= 0 || text[0] == '1';
}

/* Linux says EBUSY while something else keeps its cores as they are: only for a while. */
#define TRIES    50
#define PAUSE_NS 20000000

int64_t cpu_set_online(int ledger, uint32_t cpu, bool online) {
    char path[64];
    int64_t result = 0;
    struct changed_setting hurry;
    format(path, sizeof path, FOLDER "/cpu%u/online", cpu);
    setting_change(ledger, SETTING_EXPEDITED, 1, &hurry);
    for (int tries = 0; tries < TRIES; tries++) {
        result = file_write(path, online ? "1" : "0");
        if (result != -EBUSY && result != -EAGAIN && result != -EINTR)
            break;
        struct timespec pause = {0, PAUSE_NS};
        sys(__NR_nanosleep, &pause, 0);
    }
    setting_give_back(&hurry, ledger);
    return result;
}

/* "0-1,3": how many, and the last. */
static uint32_t read_list(const char *path, uint32_t *highest) {
    char text[1024];
    uint32_t count = 0;
    const char *at = text;
    *highest = 0;
    if (file_read(path, text, sizeof text) <= 0)
        return 1;
    while (*at && *at != '\n') {
        uint64_t first, last;
        if (!parse_number(&at, "-,\n", &first))
            break;
        last = first;
        if (*at == '-' && (at++, !parse_number(&at, ",\n", &last)))
            break;
        count += (uint32_t)(last - first + 1);
        *highest = (uint32_t)last;
        at += *at == ',';
    }
    return count;
}

uint32_t cpus_online(void) {
    uint32_t last;
    return read_list(FOLDER "/online", &last);
}

uint32_t cpus_possible(void) {
    uint32_t last;
    return read_list(FOLDER "/possible", &last);
}

uint32_t cpu_last(void) {
    uint32_t last;
    read_list(FOLDER "/online", &last);
    return last;
}

/* Intel SDM volume 2, CPUID: the whole number is in EDX of leaf 0xb, where there is one, else eight
 * bits of it in EBX of leaf 1. */
static uint32_t own_apic_id(void) {
    uint32_t a = 0, b, c = 0, d;
    __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    uint32_t highest = a;
    a = 0xb, c = 0;
    __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    if (highest >= 0xb && b != 0)
        return d;
    a = 1, c = 0;
    __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    return b >> 24;
}

uint32_t cpu_apic_id(uint32_t cpu) {
    static uint64_t before[CPUS_MAX / 64];
    uint64_t mask[CPUS_MAX / 64] = {0};
    mask[cpu / 64 % ARRAY_SIZE(mask)] = 1ull << (cpu % 64);
    int64_t size = sys(__NR_sched_getaffinity, 0, sizeof before, before);
    int64_t result = sys(__NR_sched_setaffinity, 0, sizeof mask, mask);
    if (is_error(size) || is_error(result))
        fail("Linux does not let the agent onto core %u: error %d.", cpu, (int)-result);
    uint32_t id = own_apic_id();
    sys(__NR_sched_setaffinity, 0, size, before);
    return id;
}
