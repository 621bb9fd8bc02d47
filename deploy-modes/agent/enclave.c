/* Creates an enclave on the cores and memory that it is given, and serves the kernel in it. */
#include "enclave.h"
#include "apic.h"
#include "confine.h"
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
#define CHANNEL_AT       0x40000
#define CHANNEL_END      0x100000
#define IMAGE_END        0x1000000 /* what the kernel may find mapped */
_Static_assert(CHANNEL_AT + sizeof(struct diver_channel) <= CHANNEL_END, "room for the channel");
_Static_assert(sizeof(struct diver_enclave) <= COMMAND_LINE_AT, "room for the boot information");

/* Where the cores start: pages below 1 MiB, borrowed from Linux. The first has the code. */
#define LOW_START 0x8000
#define LOW_PAGES 6

#define ANSWER_MS 5000 /* a kernel that has not come up by then never will */

static struct {
    const struct options *options;
    int memory; /* /dev/mem */
    uint8_t *low;
    uint8_t saved[LOW_PAGES * PAGE];
    uint32_t apic_ids[DIVER_CORES_MAX];
    bool was_online[DIVER_CORES_MAX];
    int online[DIVER_CORES_MAX]; /* descriptors of the cores' sysfs files; negative: none */
    struct diver_enclave *info;
} enclave_state;

#define self enclave_state

static uint64_t base(void) {
    return self.options->regions[0].physical;
}

static void *at(uint64_t offset, size_t bytes) {
    void *place = window_physical(base() + offset, bytes);
    if (!place)
        fail("The enclave's memory is too small: it ends before offset 0x%lx.", offset + bytes);
    return place;
}

/* --- files --- */

struct file {
    const uint8_t *bytes;
    size_t size;
};

static struct file map_file(const char *path) {
    struct stat status;
    int64_t descriptor = sys(__NR_open, path, O_RDONLY | O_CLOEXEC);
    if (is_error(descriptor) || is_error(sys(__NR_fstat, descriptor, &status)))
        fail("%s cannot be read: error %d.", path, (int)-descriptor);
    if (status.size == 0)
        fail("%s is empty.", path);
    int64_t bytes = sys(__NR_mmap, 0, status.size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (is_error(bytes))
        fail("%s cannot be mapped: error %d.", path, (int)-bytes);
    sys(__NR_close, descriptor);
    return (struct file){(const uint8_t *)bytes, (size_t)status.size};
}

/* --- memory: none of it may be Linux's --- */

static void check_line(const char *line, const struct region *region) {
    uint64_t start, end;
    char text[32] = "0x";
    const char *from = line, *number = text;
    if (line[0] == ' ') /* a part of the entry above */
        return;
    for (int i = 0; i < 2; i++, from++) {
        size_t length = 2;
        while (*from && *from != '-' && *from != ' ' && length < sizeof text - 1)
            text[length++] = *from++;
        text[length] = '\0';
        number = text;
        if (!parse_number(&number, "", i == 0 ? &start : &end))
            return;
    }
    if (starts_with(from, ": System RAM") && start < region->physical + region->bytes &&
        end >= region->physical)
        fail("The memory from 0x%lx on is this Linux's own: reserve it with memmap=.",
             MAX(start, region->physical));
}

static void check_memory(void) {
    char lines[16384];
    int64_t file = sys(__NR_open, "/proc/iomem", O_RDONLY | O_CLOEXEC);
    size_t length = 0;
    for (int64_t got; length < sizeof lines - 1 &&
                      (got = sys(__NR_read, file, lines + length, sizeof lines - 1 - length)) > 0;)
        length += (size_t)got;
    sys(__NR_close, file);
    lines[length] = '\0';
    for (size_t i = 0; i < self.options->region_count; i++)
        for (size_t start = 0, end; start < length; start = end + 1) {
            for (end = start; end < length && lines[end] != '\n'; end++)
                ;
            lines[end] = '\0';
            check_line(lines + start, &self.options->regions[i]);
            lines[end] = '\n';
        }
}

static void check_regions(void) {
    const struct options *o = self.options;
    if (o->region_count == 0 || base() % CHUNK != 0 || o->regions[0].bytes < IMAGE_END + CHUNK)
        fail("An enclave needs at least 18 MiB, from a multiple of 2 MiB on.");
    for (size_t i = 0; i < o->region_count; i++)
        for (size_t k = 0; k < i; k++)
            if (o->regions[i].physical < o->regions[k].physical + o->regions[k].bytes &&
                o->regions[k].physical < o->regions[i].physical + o->regions[i].bytes)
                fail("The enclave's memory at 0x%lx is given twice.", o->regions[i].physical);
}

/* --- cores --- */

static void take_core(size_t index) {
    char path[64], state = '0';
    uint32_t cpu = self.options->cores[index];
    self.online[index] = -1;
    if (!apic_of_cpu(cpu, &self.apic_ids[index]))
        fail("This machine has no core %u.", cpu);
    if (cpu == 0)
        fail("Core 0 stays with Linux: it booted there.");
    for (size_t i = 0; i < index; i++)
        if (self.options->cores[i] == cpu)
            fail("Core %u is given twice.", cpu);
    format(path, sizeof path, "/sys/devices/system/cpu/cpu%u/online", cpu);
    int64_t file = sys(__NR_open, path, O_RDWR | O_CLOEXEC);
    if (is_error(file))
        return; /* Linux has never had it */
    self.online[index] = hide((int)file);
    sys(__NR_read, self.online[index], &state, 1);
    self.was_online[index] = state == '1';
    if (self.was_online[index] && is_error(sys(__NR_write, self.online[index], "0", 1)))
        fail("Linux does not give up core %u.", cpu);
}

static void give_back(void) {
    for (size_t i = 0; i < self.options->core_count; i++)
        apic_send_init(self.apic_ids[i]);
    memcpy(self.low, self.saved, sizeof self.saved);
    for (size_t i = 0; i < self.options->core_count; i++)
        if (self.was_online[i])
            sys(__NR_write, self.online[i], "1", 1);
}

/* --- the kernel's image --- */

struct elf_header {
    uint8_t ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, program_headers, sections;
    uint32_t flags;
    uint16_t size, program_header_size, program_header_count, rest[3];
};

struct program_header {
    uint32_t type, flags;
    uint64_t offset, virtual, physical, file_size, memory_size, alignment;
};

#define PT_LOAD 1
#define PT_NOTE 4

struct note_header {
    uint32_t name_size, size, type;
};

static bool within(uint64_t start, uint64_t bytes, uint64_t limit) {
    return start <= limit && bytes <= limit - start;
}

static bool find_note(const uint8_t *notes, uint64_t size, struct diver_note *found) {
    struct note_header header;
    for (uint64_t offset = 0; within(offset, sizeof header, size);) {
        memcpy(&header, notes + offset, sizeof header);
        uint64_t name = offset + sizeof header, content = name + align_up(header.name_size, 4);
        if (!within(name, header.name_size, size) || !within(content, header.size, size))
            return false;
        if (header.name_size == sizeof DIVER_NOTE_NAME && header.type == DIVER_NOTE &&
            header.size == sizeof *found &&
            memcmp(notes + name, DIVER_NOTE_NAME, sizeof DIVER_NOTE_NAME) == 0) {
            memcpy(found, notes + content, sizeof *found);
            return true;
        }
        offset = content + align_up(header.size, 4);
    }
    return false;
}

static void load_segment(const struct file *file, const struct program_header *segment) {
    if (!within(segment->offset, segment->file_size, file->size) ||
        segment->file_size > segment->memory_size || segment->physical < CHANNEL_END ||
        !within(segment->physical, segment->memory_size, IMAGE_END))
        fail("The kernel's image is damaged: a segment is for 0x%lx.", segment->physical);
    uint8_t *to = at(segment->physical, segment->memory_size);
    memcpy(to, file->bytes + segment->offset, segment->file_size);
    memset(to + segment->file_size, 0, segment->memory_size - segment->file_size);
}

/* Loads it; what its note says. */
static struct diver_note load_kernel(const char *path) {
    struct file file = map_file(path);
    struct elf_header header;
    struct diver_note note = {0};
    bool noted = false;
    if (file.size < sizeof header || memcmp(file.bytes, "\177ELF\2\1", 6) != 0)
        fail("%s is no 64-bit ELF executable.", path);
    memcpy(&header, file.bytes, sizeof header);
    for (int i = 0; i < header.program_header_count; i++) {
        struct program_header segment;
        uint64_t offset = header.program_headers + (uint64_t)i * sizeof segment;
        if (!within(offset, sizeof segment, file.size))
            fail("The kernel's image is damaged: its program headers are cut off.");
        memcpy(&segment, file.bytes + offset, sizeof segment);
        if (segment.type == PT_LOAD)
            load_segment(&file, &segment);
        else if (segment.type == PT_NOTE && within(segment.offset, segment.file_size, file.size))
            noted |= find_note(file.bytes + segment.offset, segment.file_size, &note);
    }
    if (!noted || note.enclave_version == 0)
        fail("%s is no co-kernel: it has no note for Diver.", path);
    if (note.enclave_version != DIVER_ENCLAVE_VERSION ||
        note.channel_version != DIVER_CHANNEL_VERSION)
        fail("The kernel was made for version %u.%u of the enclave and the channel, this Diver for "
             "%d.%d.",
             note.enclave_version, note.channel_version, DIVER_ENCLAVE_VERSION,
             DIVER_CHANNEL_VERSION);
    return note;
}

/* The executable goes to the end of the first region. */
static struct diver_region load_app(const char *path) {
    struct file file = map_file(path);
    uint64_t bytes = align_up(file.size, PAGE);
    if (!within(IMAGE_END, bytes, self.options->regions[0].bytes))
        fail("The app's %lu bytes do not fit into the enclave's memory.", file.size);
    uint64_t offset = self.options->regions[0].bytes - bytes;
    memcpy(at(offset, file.size), file.bytes, file.size);
    return (struct diver_region){base() + offset, file.size};
}

static void load_command_line(const char *path) {
    struct file file = map_file(path);
    if (file.size >= COMMAND_LINE_MAX)
        fail("The command line has %lu bytes, more than the %d there is room for.", file.size,
             COMMAND_LINE_MAX - 1);
    char *to = at(COMMAND_LINE_AT, COMMAND_LINE_MAX);
    memcpy(to, file.bytes, file.size);
    to[file.size] = '\0';
}

/* --- starting a core --- */

struct blanks {
    uint64_t argument, entry;
    uint32_t tables, target;
    uint16_t selector, gdt_limit;
    uint32_t gdt, alive;
};

extern const uint8_t trampoline_start[], trampoline_end[], trampoline_blanks[];

#define TABLE_FLAGS 3    /* present, writable */
#define LARGE_FLAGS 0xe3 /* also accessed, dirty, page size */

/* The first 2 MiB one to one, and the kernel's 16 MiB where it is linked. */
static void make_tables(void) {
    uint64_t(*table)[512] = (uint64_t(*)[512])(self.low + PAGE);
    memset(table, 0, 5 * PAGE);
    uint64_t first = LOW_START + PAGE;
    table[0][0] = (first + 1 * PAGE) | TABLE_FLAGS;
    table[1][0] = (first + 2 * PAGE) | TABLE_FLAGS;
    table[2][0] = LARGE_FLAGS;
    table[0][511] = (first + 3 * PAGE) | TABLE_FLAGS;
    table[3][510] = (first + 4 * PAGE) | TABLE_FLAGS;
    for (uint64_t i = 0; i < IMAGE_END / CHUNK; i++)
        table[4][i] = (base() + i * CHUNK) | LARGE_FLAGS;
}

static volatile struct blanks *make_trampoline(uint64_t entry) {
    int64_t low = sys(__NR_mmap, 0, LOW_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
                      self.memory, LOW_START);
    if (is_error(low))
        fail("This Linux does not let its first MiB be written: error %d.", (int)-low);
    self.low = (uint8_t *)low;
    memcpy(self.saved, self.low, sizeof self.saved);
    memcpy(self.low, trampoline_start, (size_t)(trampoline_end - trampoline_start));
    make_tables();
    struct blanks *blanks = (struct blanks *)(self.low + (trampoline_blanks - trampoline_start));
    blanks->argument = base();
    blanks->entry = entry;
    blanks->tables = LOW_START + PAGE;
    blanks->target += LOW_START;
    blanks->gdt += LOW_START;
    return blanks;
}

static uint64_t nanoseconds(int clock) {
    struct timespec now;
    sys(__NR_clock_gettime, clock, &now);
    return (uint64_t)now.seconds * 1000000000 + (uint64_t)now.nanoseconds;
}

static bool wait_for(volatile uint32_t *word, uint64_t ns) {
    for (uint64_t start = nanoseconds(CLOCK_MONOTONIC); *word == 0;)
        if (nanoseconds(CLOCK_MONOTONIC) - start > ns)
            return false;
    return true;
}

/* Intel SDM volume 3, 9.4.4.1; the second SIPI is for a core that missed the first. */
static void start_core(uint32_t apic_id, volatile struct blanks *blanks) {
    self.info->init_tsc = read_tsc();
    apic_send_init(apic_id);
    for (int tries = 0; tries < 2; tries++) {
        apic_send_startup(apic_id, LOW_START);
        if (wait_for((volatile uint32_t *)&blanks->alive, tries ? 100000000 : 10000000))
            return;
    }
    fail("Core %u does not start: it did not answer INIT and SIPI.", self.options->cores[0]);
}

/* --- the whole --- */

static uint64_t started_tsc, started_ns;

static uint64_t tsc_frequency(void) {
    while (nanoseconds(CLOCK_MONOTONIC_RAW) - started_ns < 5000000)
        ;
    uint64_t ticks = read_tsc() - started_tsc;
    return ticks * 1000000 / ((nanoseconds(CLOCK_MONOTONIC_RAW) - started_ns) / 1000);
}

static void fill_info(int doorbell) {
    struct diver_enclave *info = self.info = at(0, sizeof *info);
    memset(info, 0, sizeof *info);
    info->magic = DIVER_ENCLAVE_MAGIC;
    info->version = DIVER_ENCLAVE_VERSION;
    info->region_count = (uint32_t)self.options->region_count;
    for (size_t i = 0; i < self.options->region_count; i++)
        info->regions[i] = (struct diver_region){self.options->regions[i].physical,
                                                 self.options->regions[i].bytes};
    info->app = load_app(self.options->app_file);
    info->command_line = base() + COMMAND_LINE_AT;
    info->channel = base() + CHANNEL_AT;
    info->channel_bytes = CHANNEL_END - CHANNEL_AT;
    info->trampoline = LOW_START;
    info->tsc_hz = tsc_frequency();
    info->wall_ns = nanoseconds(0 /* CLOCK_REALTIME */);
    info->wall_tsc = read_tsc();
    info->doorbell = doorbell >= 0 ? DIVER_DOORBELL_UART : DIVER_DOORBELL_NONE;
    info->doorbell_port = (uint32_t)self.options->doorbell_uart;
    info->core_count = (uint32_t)self.options->core_count;
    info->x2apic = apic_is_x2apic();
    memcpy(info->apic_ids, self.apic_ids, sizeof info->apic_ids);
}

static void wake(uint32_t core) {
    apic_send_interrupt(self.apic_ids[core], DIVER_WAKE_VECTOR);
}

static void wait_for_kernel(const struct diver_channel *channel) {
    for (uint64_t start = nanoseconds(CLOCK_MONOTONIC);
         __atomic_load_n(&channel->magic, __ATOMIC_ACQUIRE) != DIVER_CHANNEL_MAGIC;)
        if (nanoseconds(CLOCK_MONOTONIC) - start > ANSWER_MS * 1000000ull) {
            give_back();
            fail("The kernel did not come up: it was entered, and said nothing for %d seconds.",
                 ANSWER_MS / 1000);
        }
}

/* From here on the process has the app's files, and no more rights than it needs to serve. */
static void lock_up(const char *doorbell) {
    struct confinement confinement;
    struct machine machine = {(uint32_t)self.options->core_count, 0};
    for (size_t i = 0; i < self.options->region_count; i++)
        machine.memory += self.options->regions[i].bytes;
    root_enter(self.options, &machine);
    confine(self.options, true, &confinement);
    report_line("{\"event\":\"agent\",\"version\":1,\"pid\":%d,\"confined\":[%s],"
                "\"doorbell\":\"%s\"}",
                (int)sys(__NR_getpid), confinement.list, doorbell);
}

_Noreturn void enclave(const struct options *options) {
    started_tsc = read_tsc();
    started_ns = nanoseconds(CLOCK_MONOTONIC_RAW);
    self.options = options;
    int64_t memory = sys(__NR_open, "/dev/mem", O_RDWR | O_CLOEXEC);
    if (is_error(memory))
        fail("This Linux gives no access to physical memory: /dev/mem and root are needed.");
    self.memory = hide((int)memory);
    check_regions();
    check_memory();
    window_init(self.memory, options->regions, options->region_count);
    apic_init(self.memory);
    if (options->core_count == 0)
        fail("An enclave needs a core.");
    for (size_t i = 0; i < options->core_count; i++)
        take_core(i);
    struct diver_note note = load_kernel(options->kernel);
    load_command_line(options->command_line);
    memset(at(CHANNEL_AT, CHANNEL_END - CHANNEL_AT), 0, CHANNEL_END - CHANNEL_AT);
    int doorbell = options->doorbell_uart ? uart_loop(options->doorbell_uart) : -1;
    fill_info(doorbell);
    volatile struct blanks *trampoline = make_trampoline(note.entry);
    lock_up(doorbell >= 0 ? "uart" : "none");
    start_core(self.apic_ids[0], trampoline);
    struct service service = {
        .channel = channel_at(self.info->channel),
        .doorbell = doorbell,
        .parent = -1,
        .wake = wake,
        .end = give_back,
        .tsc_hz = self.info->tsc_hz,
    };
    wait_for_kernel(service.channel);
    serve(&service);
}
