/* Creates an enclave on the cores and memory that it is given, and serves the kernel in it. */
#include "enclave.h"
#include "apic.h"
#include "confine.h"
#include "cores.h"
#include "files.h"
#include "lib.h"
#include "load.h"
#include "report.h"
#include "root.h"
#include "serve.h"
#include "sys.h"
#include "uart.h"

#include <diver/enclave.h>

static const struct options *options;

/* --- its memory: the machine has it, and Linux does not --- */

static void refuse_linux_memory(const struct region *region, uint64_t start, uint64_t end) {
    if (start < region->physical + region->bytes && end >= region->physical)
        fail("The memory from 0x%lx on is this Linux's own: keep it out with mem= or memmap=.",
             MAX(start, region->physical));
}

/* A line of /proc/iomem: "START-END : NAME", in hexadecimal; parts of an entry follow indented. */
static void check_line(char *line) {
    char start_text[32], end_text[32];
    uint64_t start, end;
    char *dash = line, *space;
    while (*dash && *dash != '-')
        dash++;
    for (space = dash; *space && *space != ' '; space++)
        ;
    if (line[0] == ' ' || !starts_with(space, " : System RAM"))
        return;
    *dash = *space = '\0';
    format(start_text, sizeof start_text, "0x%s", line);
    format(end_text, sizeof end_text, "0x%s", dash + 1);
    const char *from = start_text, *to = end_text;
    if (!parse_number(&from, "", &start) || !parse_number(&to, "", &end))
        return;
    for (size_t i = 0; i < options->region_count; i++)
        refuse_linux_memory(&options->regions[i], start, end);
}

#define IOMEM_MAX (1 << 20)

static void check_not_of_linux(void) {
    char *lines = allocate(IOMEM_MAX);
    int64_t length = file_read("/proc/iomem", lines, IOMEM_MAX);
    if (length <= 0)
        fail("This Linux does not show what memory it has: /proc/iomem is needed.");
    for (char *line = lines, *end; *line; line = end + 1) {
        for (end = line; *end && *end != '\n'; end++)
            ;
        *end = '\0';
        check_line(line);
    }
    sys(__NR_munmap, lines, IOMEM_MAX);
}

#define FIRMWARE_MAP "/sys/firmware/memmap/"

/* What entry `n` of the firmware's map says of `what`; false behind the last one. */
static bool firmware_says(unsigned n, const char *what, char *text, size_t size) {
    char path[64];
    format(path, sizeof path, FIRMWARE_MAP "%u/%s", n, what);
    return file_read(path, text, size) > 0;
}

static bool is_in_machine(const struct region *region) {
    char text[32];
    uint64_t start, end;
    for (unsigned n = 0; firmware_says(n, "type", text, sizeof text); n++) {
        const char *at = text;
        if (!starts_with(text, "System RAM") || !firmware_says(n, "start", text, sizeof text) ||
            !parse_number(&at, "\n", &start) || !firmware_says(n, "end", text, sizeof text))
            continue;
        at = text;
        if (parse_number(&at, "\n", &end) && region->physical >= start &&
            region->physical + region->bytes - 1 <= end)
            return true;
    }
    return false;
}

static void check_memory(void) {
    load_check(options->regions, options->region_count);
    check_not_of_linux();
    for (size_t i = 0; i < options->region_count; i++)
        if (!is_in_machine(&options->regions[i]))
            fail("The machine has no memory of %lu bytes at 0x%lx.", options->regions[i].bytes,
                 options->regions[i].physical);
}

/* --- the whole --- */

/* From here on the process has the app's files, and no more rights than it needs to serve. */
static void lock_up(const char *doorbell) {
    struct confinement confinement;
    struct machine machine = {.cores = first_cores(options->core_count)};
    for (size_t i = 0; i < options->region_count; i++)
        machine.memory += options->regions[i].bytes;
    root_enter(options, &machine);
    confine(options, true, &confinement);
    report_line("{\"event\":\"agent\",\"version\":1,\"pid\":%d,\"confined\":[%s],"
                "\"doorbell\":\"%s\"}",
                (int)sys(__NR_getpid), confinement.list, doorbell);
}

static int open_memory(void) {
    int64_t memory = sys(__NR_open, "/dev/mem", O_RDWR | O_CLOEXEC);
    if (is_error(memory))
        fail("This Linux gives no access to physical memory: /dev/mem and root are needed "
             "(error %d).",
             (int)-memory);
    return hide((int)memory);
}

_Noreturn void enclave(const struct options *given) {
    struct instant start = instant(CLOCK_MONOTONIC_RAW);
    options = given;
    int memory = open_memory();
    check_memory();
    window_init(memory, options->regions, options->region_count);
    cores_find(options, memory);
    int doorbell = options->doorbell_uart ? uart_loop(options->doorbell_uart) : -1;
    struct grant grant = {
        .regions = options->regions,
        .region_count = options->region_count,
        .trampoline = LOW_START,
        .x2apic = apic_is_x2apic(),
        .doorbell = doorbell >= 0,
    };
    cores_apic_ids(grant.apic_ids);
    struct sources sources = load_open(options);
    struct loaded loaded = load(options, &sources, &grant, start);
    struct service service = {
        .channel = loaded.channel,
        .doorbell = doorbell,
        .parent = -1,
        .wake = cores_wake,
        .end = cores_give_back,
        .tsc_hz = loaded.info->tsc_hz,
    };
    lock_up(doorbell >= 0 ? "uart" : "none");
    cores_start(options->regions[0].physical, loaded.entry, &loaded.info->init_tsc);
    if (!load_await(service.channel)) {
        cores_give_back();
        fail("The kernel did not come up: it was entered, and said nothing for %d seconds.",
             LOAD_ANSWER_S);
    }
    serve(&service);
}
