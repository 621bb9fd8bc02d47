/* What C libraries, OpenMP and interpreters ask /proc and /sys for. */
#include "describe.h"
#include "lib.h"
#include "sys.h"

#define TEXT_BYTES (128 * 1024)
#define PATH_BYTES 256

struct text {
    char *bytes;
    size_t length;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *text, const char *pattern, ...) {
    va_list arguments;
    va_start(arguments, pattern);
    text->length +=
        format_list(text->bytes + text->length, TEXT_BYTES - text->length, pattern, arguments);
    va_end(arguments);
}

void make_parents(const char *path) {
    char parent[PATH_BYTES];
    size_t length = MIN(strlen(path), sizeof parent - 1);
    for (size_t i = 1; i < length; i++) {
        if (path[i] != '/')
            continue;
        memcpy(parent, path, i);
        parent[i] = '\0';
        sys(__NR_mkdir, parent, 0755);
    }
}

static void write_file(const char *path, const struct text *text) {
    make_parents(path);
    int64_t file = sys(__NR_open, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0444);
    if (is_error(file) || sys(__NR_write, file, text->bytes, text->length) != (int64_t)text->length)
        fail("The app's %s cannot be written: error %d.", path, (int)-file);
    sys(__NR_close, file);
}

/* --- processors --- */

static void cpuid(uint32_t leaf, uint32_t registers[4]) {
    __asm__ volatile("cpuid"
                     : "=a"(registers[0]), "=b"(registers[1]), "=c"(registers[2]),
                       "=d"(registers[3])
                     : "a"(leaf), "c"(0));
}

/* Intel SDM volume 2, CPUID: the vendor's name is in EBX, EDX, ECX of leaf 0. */
static void read_vendor(char vendor[13]) {
    uint32_t r[4];
    cpuid(0, r);
    memcpy(vendor, &r[1], 4);
    memcpy(vendor + 4, &r[3], 4);
    memcpy(vendor + 8, &r[2], 4);
    vendor[12] = '\0';
}

static void read_model_name(char name[49]) {
    for (uint32_t i = 0; i < 3; i++)
        cpuid(0x80000002 + i, (uint32_t *)(void *)(name + 16 * i));
    name[48] = '\0';
}

static uint64_t count_cores(uint64_t cores) {
    uint64_t count = 0;
    for (; cores; cores &= cores - 1)
        count++;
    return count;
}

static void add_processors(struct text *text, const struct machine *machine) {
    char vendor[13];
    char name[49] __attribute__((aligned(4)));
    uint32_t r[4];
    read_vendor(vendor);
    read_model_name(name);
    cpuid(1, r);
    uint32_t family = r[0] >> 8 & 15, model = r[0] >> 4 & 15;
    if (family == 6 || family == 15)
        model += r[0] >> 12 & 0xf0;
    if (family == 15)
        family += r[0] >> 20 & 0xff;
    uint32_t count = (uint32_t)count_cores(machine->cores);
    for (uint32_t core = 0; core < 64; core++)
        if (machine->cores >> core & 1)
            add(text,
                "processor\t: %u\nvendor_id\t: %s\ncpu family\t: %u\nmodel\t\t: %u\n"
                "model name\t: %s\nstepping\t: %u\nphysical id\t: 0\nsiblings\t: %u\ncore id\t\t: "
                "%u\n"
                "cpu cores\t: %u\napicid\t\t: %u\nfpu\t\t: yes\ncpuid level\t: 13\n"
                "clflush size\t: 64\ncache_alignment\t: 64\n\n",
                core, vendor, family, model, name, r[0] & 15, count, core, count, core);
}

/* "0-1,3" */
static void add_list(struct text *text, uint64_t cores) {
    const char *comma = "";
    for (uint32_t first = 0, last; first < 64; first = last + 1) {
        last = first;
        if (!(cores >> first & 1))
            continue;
        while (last < 63 && (cores >> (last + 1) & 1))
            last++;
        add(text, last > first ? "%s%u-%u" : "%s%u", comma, first, last);
        comma = ",";
    }
    add(text, "\n");
}

/* In hexadecimal, 32 processors between commas. */
static void add_mask(struct text *text, uint64_t cores) {
    bool more = cores >> 32;
    add(text, more ? "%x," : "%x", (uint32_t)(more ? cores >> 32 : cores));
    for (int shift = 28; more && shift >= 0; shift -= 4)
        add(text, "%x", (uint32_t)cores >> shift & 15);
}

/* Also of cores that may come: Linux has the folders of those that are offline, too. */
static void add_topology(const struct machine *machine, struct text *text) {
    static const char *const names[] = {"core_id", "physical_package_id", "core_siblings_list",
                                        "core_cpus_list", "thread_siblings_list"};
    uint64_t cores = machine->cores | machine->possible;
    char path[PATH_BYTES];
    for (uint32_t core = 0; core < 64; core++)
        for (uint32_t i = 0; i < ARRAY_SIZE(names) && (cores >> core & 1); i++) {
            format(path, sizeof path, "sys/devices/system/cpu/cpu%u/topology/%s", core, names[i]);
            text->length = 0;
            if (i == 2)
                add_list(text, cores);
            else
                add(text, "%u\n", i == 1 ? 0 : core);
            write_file(path, text);
        }
}

/* --- files --- */

static void add_memory(struct text *text, const struct machine *machine) {
    uint64_t kib = machine->memory / 1024;
    add(text,
        "MemTotal:       %lu kB\nMemFree:        %lu kB\nMemAvailable:   %lu kB\n"
        "Buffers:        0 kB\nCached:         0 kB\nSwapCached:     0 kB\n"
        "SwapTotal:      0 kB\nSwapFree:       0 kB\nHugePages_Total: 0\n"
        "Hugepagesize:   2048 kB\n",
        kib, kib, kib);
}

static void add_statistics(struct text *text, const struct machine *machine) {
    add(text, "cpu  0 0 0 0 0 0 0 0 0 0\n");
    for (uint32_t core = 0; core < 64; core++)
        if (machine->cores >> core & 1)
            add(text, "cpu%u 0 0 0 0 0 0 0 0 0 0\n", core);
    add(text, "intr 0\nctxt 0\nbtime 0\nprocesses 1\nprocs_running 1\nprocs_blocked 0\n");
}

static const struct options *options;

static void add_status(struct text *text, const struct machine *machine) {
    const char *name = options->app ? options->app : "app";
    for (const char *c = name; *c; c++)
        if (*c == '/')
            name = c + 1;
    add(text,
        "Name:\t%s\nState:\tR (running)\nTgid:\t1\nPid:\t1\nPPid:\t0\nUid:\t%lu\t%lu\t%lu\t%lu\n",
        name, options->uid, options->uid, options->uid, options->uid);
    add(text, "Gid:\t%lu\t%lu\t%lu\t%lu\nThreads:\t1\nCpus_allowed:\t", options->gid, options->gid,
        options->gid, options->gid);
    add_mask(text, machine->cores);
    add(text, "\nCpus_allowed_list:\t");
    add_list(text, machine->cores);
}

static void add_mounts(struct text *text) {
    add(text, "none / tmpfs ro 0 0\nnone /tmp tmpfs rw 0 0\n");
    for (size_t i = 0; i < options->share_count; i++)
        add(text, "share %s none %s 0 0\n", options->shares[i].at,
            options->shares[i].read_only ? "ro" : "rw");
}

static void add_words(struct text *text) {
    if (!options->arguments)
        add(text, "%s%c", options->app ? options->app : "app", 0);
    for (char **word = options->arguments; word && *word; word++)
        add(text, "%s%c", *word, 0);
}

/* Files that say the same of every enclave. */
static const struct {
    const char *path, *text;
} constant[] = {
    {"proc/loadavg", "0.00 0.00 0.00 1/1 1\n"},
    {"proc/uptime", "1.00 1.00\n"},
    {"proc/version", "Linux version 6.1.0 (remora)\n"},
    {"proc/filesystems", "nodev\ttmpfs\n"},
    {"proc/self/statm", "0 0 0 0 0 0 0\n"},
    {"proc/self/cgroup", "0::/\n"},
    {"proc/self/limits", ""},
    {"proc/sys/vm/overcommit_memory", "0\n"},
    {"proc/sys/vm/max_map_count", "65530\n"},
    {"proc/sys/kernel/pid_max", "32768\n"},
    {"proc/sys/kernel/osrelease", "6.1.0\n"},
    {"proc/sys/kernel/ostype", "Linux\n"},
    {"proc/sys/kernel/ngroups_max", "65536\n"},
    {"proc/sys/kernel/cap_last_cap", "40\n"},
    {"proc/sys/fs/pipe-max-size", "1048576\n"},
    {"proc/sys/kernel/rtsig-max", "32\n"},
    {"sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never\n"},
    {"sys/kernel/mm/transparent_hugepage/hpage_pmd_size", "2097152\n"},
    {"sys/devices/system/node/online", "0\n"},
    {"sys/devices/system/node/possible", "0\n"},
};

static void add_cores(struct text *text, const struct machine *machine) {
    add_list(text, machine->cores);
}

/* Files that say what the enclave has. */
static const struct {
    const char *path;
    void (*add)(struct text *text, const struct machine *machine);
} varying[] = {
    {"sys/devices/system/cpu/online", add_cores},
    {"sys/devices/system/cpu/possible", add_cores},
    {"sys/devices/system/cpu/present", add_cores},
    {"sys/fs/cgroup/cpuset.cpus.effective", add_cores},
    {"sys/devices/system/node/node0/cpulist", add_cores},
    {"proc/cpuinfo", add_processors},
    {"proc/meminfo", add_memory},
    {"proc/stat", add_statistics},
    {"proc/self/status", add_status},
};

/* A file whose text is what `call` adds. */
#define DESCRIBE(path, call) (text.length = 0, call, write_file(path, &text))

/* --- what changes --- */

static int kept[ARRAY_SIZE(varying)]; /* descriptors; 0: none */

#define OPEN_TREE_CLONE 1

/* By a mount of their own, which stays writable when the app's is not any more. */
static void keep_files(void) {
    int64_t tree = sys(__NR_open_tree, AT_FDCWD, ".", OPEN_TREE_CLONE | O_CLOEXEC);
    for (size_t i = 0; i < ARRAY_SIZE(varying); i++) {
        int64_t file = sys(__NR_openat, tree, varying[i].path, O_WRONLY | O_CLOEXEC);
        if (is_error(file))
            fail("The app's %s cannot be kept open: error %d.", varying[i].path, (int)-file);
        kept[i] = hide((int)file);
    }
    sys(__NR_close, tree);
}

void describe_change(const struct machine *machine) {
    struct text text = {allocate(TEXT_BYTES), 0};
    for (size_t i = 0; i < ARRAY_SIZE(varying) && kept[i]; i++) {
        text.length = 0;
        varying[i].add(&text, machine);
        sys(__NR_pwrite64, kept[i], text.bytes, text.length, 0);
        sys(__NR_ftruncate, kept[i], text.length);
    }
    sys(__NR_munmap, text.bytes, TEXT_BYTES);
}

/* --- the whole --- */

void describe(const struct options *given, const struct machine *machine) {
    struct text text = {allocate(TEXT_BYTES), 0};
    options = given;
    for (size_t i = 0; i < ARRAY_SIZE(constant); i++)
        DESCRIBE(constant[i].path, add(&text, "%s", constant[i].text));
    for (size_t i = 0; i < ARRAY_SIZE(varying); i++)
        DESCRIBE(varying[i].path, varying[i].add(&text, machine));
    DESCRIBE("proc/self/cmdline", add_words(&text));
    DESCRIBE("proc/self/mounts", add_mounts(&text));
    add_topology(machine, &text);
    if (options->app)
        sys(__NR_symlink, options->app, "proc/self/exe");
    sys(__NR_symlink, "self/mounts", "proc/mounts");
    sys(__NR_symlink, "self", "proc/thread-self");
    if (machine->possible)
        keep_files();
    sys(__NR_munmap, text.bytes, TEXT_BYTES);
}
