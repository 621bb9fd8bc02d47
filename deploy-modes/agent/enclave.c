/* Creates an enclave on the cores and memory that it is given, and serves the kernel in it. */
#include "enclave.h"
#include "apic.h"
#include "clock.h"
#include "confine.h"
#include "cores.h"
#include "files.h"
#include "image.h"
#include "lib.h"
#include "report.h"
#include "root.h"
#include "serve.h"
#include "sys.h"
#include "uart.h"

#include <diver/enclave.h>

/* The enclave's first MiB is the agent's. */
#define COMMAND_LINE_AT  0x10000
#define COMMAND_LINE_MAX 0x10000
#define RESIZE_AT        0x30000
#define CHANNEL_AT       0x40000
#define CHANNEL_END      IMAGE_START
_Static_assert(CHANNEL_AT + sizeof(struct diver_channel) <= CHANNEL_END, "room for the channel");
_Static_assert(RESIZE_AT + sizeof(struct diver_resize) <= CHANNEL_AT, "room for requests");
_Static_assert(sizeof(struct diver_enclave) <= COMMAND_LINE_AT, "room for the boot information");
_Static_assert(CORES_MAX == DIVER_CORES_MAX && REGIONS_MAX == DIVER_REGIONS_MAX, "limits");

#define ANSWER_MS 5000 /* a kernel that has not come up by then never will */

static const struct options *options;

static uint64_t base(void) {
    return options->regions[0].physical;
}

static void *at(uint64_t offset, size_t bytes) {
    void *place = window_physical(base() + offset, bytes);
    if (!place)
        fail("The enclave's memory is too small: it ends before offset 0x%lx.", offset + bytes);
    return place;
}

/* --- its memory: the machine has it, and Linux does not --- */

static void check_regions(void) {
    if (options->region_count == 0 || base() % CHUNK != 0 ||
        options->regions[0].bytes < IMAGE_END + CHUNK)
        fail("An enclave needs at least 18 MiB, from a multiple of 2 MiB on.");
    for (size_t i = 0; i < options->region_count; i++)
        for (size_t k = 0; k < i; k++)
            if (options->regions[i].physical <
                    options->regions[k].physical + options->regions[k].bytes &&
                options->regions[k].physical <
                    options->regions[i].physical + options->regions[i].bytes)
                fail("The enclave's memory at 0x%lx is given twice.", options->regions[i].physical);
}

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
    check_regions();
    check_not_of_linux();
    for (size_t i = 0; i < options->region_count; i++)
        if (!is_in_machine(&options->regions[i]))
            fail("The machine has no memory of %lu bytes at 0x%lx.", options->regions[i].bytes,
                 options->regions[i].physical);
}

/* --- what it holds at the start --- */

/* The executable goes to the end of the first region. */
static struct diver_region load_app(const char *path) {
    struct file file = file_map(path);
    uint64_t bytes = align_up(file.size, PAGE);
    if (bytes > options->regions[0].bytes - IMAGE_END)
        fail("The app's %lu bytes do not fit into the enclave's memory.", file.size);
    uint64_t offset = options->regions[0].bytes - bytes;
    memcpy(at(offset, file.size), file.bytes, file.size);
    return (struct diver_region){base() + offset, file.size};
}

static void load_command_line(const char *path) {
    struct file file = file_map(path);
    if (file.size >= COMMAND_LINE_MAX)
        fail("The command line has %lu bytes, more than the %d there is room for.", file.size,
             COMMAND_LINE_MAX - 1);
    char *to = at(COMMAND_LINE_AT, COMMAND_LINE_MAX);
    memcpy(to, file.bytes, file.size);
    to[file.size] = '\0';
}

static struct diver_enclave *fill_info(int doorbell, struct instant start) {
    struct diver_enclave *info = at(0, sizeof *info);
    memset(info, 0, sizeof *info);
    memset(at(RESIZE_AT, sizeof(struct diver_resize)), 0, sizeof(struct diver_resize));
    memset(at(CHANNEL_AT, CHANNEL_END - CHANNEL_AT), 0, CHANNEL_END - CHANNEL_AT);
    info->magic = DIVER_ENCLAVE_MAGIC;
    info->version = DIVER_ENCLAVE_VERSION;
    info->region_count = (uint32_t)options->region_count;
    for (size_t i = 0; i < options->region_count; i++)
        info->regions[i] =
            (struct diver_region){options->regions[i].physical, options->regions[i].bytes};
    info->app = load_app(options->app_file);
    info->command_line = base() + COMMAND_LINE_AT;
    info->channel = base() + CHANNEL_AT;
    info->channel_bytes = CHANNEL_END - CHANNEL_AT;
    info->trampoline = LOW_START;
    info->tsc_hz = tsc_frequency(start);
    struct instant wall = instant(CLOCK_REALTIME);
    info->wall_ns = wall.ns;
    info->wall_tsc = wall.tsc;
    info->doorbell = doorbell >= 0 ? DIVER_DOORBELL_UART : DIVER_DOORBELL_NONE;
    info->doorbell_port = (uint32_t)options->doorbell_uart;
    info->core_count = (uint32_t)options->core_count;
    info->x2apic = apic_is_x2apic();
    cores_apic_ids(info->apic_ids);
    info->resize = base() + RESIZE_AT;
    return info;
}

/* --- the whole --- */

/* From here on the process has the app's files, and no more rights than it needs to serve. */
static void lock_up(const char *doorbell) {
    struct confinement confinement;
    struct machine machine = {(uint32_t)options->core_count, 0};
    for (size_t i = 0; i < options->region_count; i++)
        machine.memory += options->regions[i].bytes;
    root_enter(options, &machine);
    confine(options, true, &confinement);
    report_line("{\"event\":\"agent\",\"version\":1,\"pid\":%d,\"confined\":[%s],"
                "\"doorbell\":\"%s\"}",
                (int)sys(__NR_getpid), confinement.list, doorbell);
}

static void wait_for_kernel(const struct diver_channel *channel) {
    for (uint64_t start = nanoseconds(CLOCK_MONOTONIC);
         __atomic_load_n(&channel->magic, __ATOMIC_ACQUIRE) != DIVER_CHANNEL_MAGIC;)
        if (nanoseconds(CLOCK_MONOTONIC) - start > ANSWER_MS * 1000000ull) {
            cores_give_back();
            fail("The kernel did not come up: it was entered, and said nothing for %d seconds.",
                 ANSWER_MS / 1000);
        }
}

_Noreturn void enclave(const struct options *given) {
    struct instant start = instant(CLOCK_MONOTONIC_RAW);
    options = given;
    if (!options->kernel || !options->app_file || !options->command_line)
        fail("The agent is not told all of --kernel, --app-file and --command-line: use the agent "
             "of this Diver.");
    int64_t memory = sys(__NR_open, "/dev/mem", O_RDWR | O_CLOEXEC);
    if (is_error(memory))
        fail("This Linux gives no access to physical memory: /dev/mem and root are needed "
             "(error %d).",
             (int)-memory);
    memory = hide((int)memory);
    check_memory();
    window_init((int)memory, options->regions, options->region_count);
    cores_find(options, (int)memory);
    struct diver_note note = image_load(options->kernel, base());
    load_command_line(options->command_line);
    int doorbell = options->doorbell_uart ? uart_loop(options->doorbell_uart) : -1;
    struct diver_enclave *info = fill_info(doorbell, start);
    struct service service = {
        .channel = channel_at(info->channel),
        .doorbell = doorbell,
        .parent = -1,
        .wake = cores_wake,
        .end = cores_give_back,
        .tsc_hz = info->tsc_hz,
    };
    lock_up(doorbell >= 0 ? "uart" : "none");
    cores_start(base(), note.entry, &info->init_tsc);
    wait_for_kernel(service.channel);
    serve(&service);
}
