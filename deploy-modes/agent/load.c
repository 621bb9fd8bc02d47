#include "load.h"
#include "files.h"
#include "image.h"
#include "lib.h"
#include "serve.h"
#include "sys.h"

#include <diver/stream.h>

/* The enclave's first MiB is the agent's. */
#define COMMAND_LINE_AT  0x10000
#define COMMAND_LINE_MAX 0x10000
#define RESIZE_AT        0x30000
#define CHANNEL_AT       0x40000
#define CHANNEL_END      IMAGE_START
_Static_assert(CHANNEL_AT + sizeof(struct diver_channel) <= CHANNEL_END, "room for the channel");
_Static_assert(RESIZE_AT + sizeof(struct diver_resize) <= CHANNEL_AT, "room for requests");
_Static_assert(sizeof(struct diver_enclave) <= COMMAND_LINE_AT, "room for the boot information");
_Static_assert(CORES_MAX == DIVER_CORES_MAX && REGIONS_MAX == DIVER_REGIONS_MAX &&
                   DEVICES_MAX == DIVER_DEVICES_MAX,
               "limits");

static void *at(const struct grant *grant, uint64_t offset, size_t bytes) {
    void *place = window_physical(grant->regions[0].physical + offset, bytes);
    if (!place)
        fail("The enclave's memory is too small: it ends before offset 0x%lx.", offset + bytes);
    return place;
}

static bool overlap(const struct region *a, const struct region *b) {
    return a->physical < b->physical + b->bytes && b->physical < a->physical + a->bytes;
}

void load_check(const struct region *regions, size_t count) {
    if (count == 0 || regions[0].physical % CHUNK != 0 || regions[0].bytes < IMAGE_END + CHUNK)
        fail("An enclave needs at least 18 MiB, from a multiple of 2 MiB on.");
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++)
            if (overlap(&regions[i], &regions[k]))
                fail("The enclave's memory at 0x%lx is given twice.", regions[i].physical);
}

/* The executable goes to the end of the first region. */
static struct diver_region load_app(const struct grant *grant, const struct file *file) {
    const struct region *first = &grant->regions[0];
    uint64_t bytes = align_up(file->size, PAGE);
    if (bytes > first->bytes - IMAGE_END)
        fail("The app's %lu bytes do not fit into the enclave's memory.", file->size);
    uint64_t offset = first->bytes - bytes;
    memcpy(at(grant, offset, file->size), file->bytes, file->size);
    return (struct diver_region){first->physical + offset, file->size};
}

/* Words for the kernel itself (diver/stream_note.h). */
static size_t write_streams(const struct grant *grant, char *to) {
    static const char *const names[] = {
        [DIVER_STREAM_WRITER] = "out", [DIVER_STREAM_READER] = "in"};
    size_t length = 0;
    for (int role = 0; role < 2; role++)
        if (grant->streams[role].bytes > 0)
            length +=
                format(to + length, COMMAND_LINE_MAX - length, "diver.stream-%s=%lu:%lu ",
                       names[role], grant->streams[role].physical, grant->streams[role].bytes);
    return length;
}

static void load_command_line(const struct grant *grant, const struct file *file) {
    char *to = at(grant, COMMAND_LINE_AT, COMMAND_LINE_MAX);
    size_t own = write_streams(grant, to);
    if (own + file->size >= COMMAND_LINE_MAX)
        fail("The command line has %lu bytes, more than the %d there is room for.",
             own + file->size, COMMAND_LINE_MAX - 1);
    memcpy(to + own, file->bytes, file->size);
    to[own + file->size] = '\0';
}

static void fill_times(struct diver_enclave *info, struct instant start) {
    info->tsc_hz = tsc_frequency(start);
    struct instant wall = instant(CLOCK_REALTIME);
    info->wall_ns = wall.ns;
    info->wall_tsc = wall.tsc;
}

static struct diver_enclave *fill_info(const struct options *options, const struct grant *grant) {
    uint64_t base = grant->regions[0].physical;
    struct diver_enclave *info = at(grant, 0, sizeof *info);
    memset(info, 0, sizeof *info);
    memset(at(grant, RESIZE_AT, sizeof(struct diver_resize)), 0, sizeof(struct diver_resize));
    memset(at(grant, CHANNEL_AT, CHANNEL_END - CHANNEL_AT), 0, CHANNEL_END - CHANNEL_AT);
    info->magic = DIVER_ENCLAVE_MAGIC;
    info->version = DIVER_ENCLAVE_VERSION;
    info->region_count = (uint32_t)grant->region_count;
    for (size_t i = 0; i < grant->region_count; i++)
        info->regions[i] =
            (struct diver_region){grant->regions[i].physical, grant->regions[i].bytes};
    info->command_line = base + COMMAND_LINE_AT;
    info->channel = base + CHANNEL_AT;
    info->channel_bytes = CHANNEL_END - CHANNEL_AT;
    info->trampoline = grant->trampoline;
    info->doorbell = grant->doorbell ? DIVER_DOORBELL_UART : DIVER_DOORBELL_NONE;
    info->doorbell_port = (uint32_t)options->doorbell_uart;
    info->core_count = (uint32_t)options->core_count;
    info->x2apic = grant->x2apic;
    memcpy(info->apic_ids, grant->apic_ids, sizeof info->apic_ids);
    info->resize = base + RESIZE_AT;
    info->device_count = (uint32_t)grant->device_count;
    for (size_t i = 0; i < grant->device_count; i++)
        info->devices[i] = grant->devices[i];
    return info;
}

struct sources load_open(const struct options *options) {
    if (!options->kernel || !options->app_file || !options->command_line)
        fail("The agent is not told all of --kernel, --app-file and --command-line: use the agent "
             "of this Diver.");
    return (struct sources){file_map(options->kernel), file_map(options->app_file),
                            file_map(options->command_line)};
}

struct loaded load(const struct options *options, const struct sources *sources,
                   const struct grant *grant, struct instant start) {
    struct diver_note note =
        image_load(&sources->kernel, options->kernel, grant->regions[0].physical);
    load_command_line(grant, &sources->command_line);
    struct diver_enclave *info = fill_info(options, grant);
    info->app = load_app(grant, &sources->app);
    fill_times(info, start);
    return (struct loaded){info, channel_at(info->channel), note.entry};
}

bool load_await(const struct diver_channel *channel) {
    uint64_t start = nanoseconds(CLOCK_MONOTONIC);
    while (__atomic_load_n(&channel->magic, __ATOMIC_ACQUIRE) != DIVER_CHANNEL_MAGIC)
        if (nanoseconds(CLOCK_MONOTONIC) - start > LOAD_ANSWER_S * 1000000000ull)
            return false;
    return true;
}
