#include "facts.h"
#include "apic.h"
#include "cpus.h"
#include "files.h"
#include "ledger.h"
#include "lib.h"
#include "low.h"
#include "node.h"
#include "sys.h"

#define CPUS  "/sys/devices/system/cpu"
#define NODES "/sys/devices/system/node"

static char text[256 * 1024];
static size_t length;

__attribute__((format(printf, 1, 2))) static void add(const char *pattern, ...) {
    va_list arguments;
    va_start(arguments, pattern);
    length += format_list(text + length, sizeof text - length, pattern, arguments);
    va_end(arguments);
}

static void add_truth(const char *name, bool value) {
    add(",\"%s\":%s", name, value ? "true" : "false");
}

/* A file's first line as a string; nothing of it needs to be escaped. */
static void add_line(const char *name, const char *path) {
    char line[512];
    file_read(path, line, sizeof line);
    for (char *c = line; *c; c++)
        if (*c < ' ' || *c == '"' || *c == '\\')
            *c = '\0';
    add(",\"%s\":\"%s\"", name, line);
}

/* --- cores --- */

static void add_core(uint32_t cpu) {
    char path[96];
    add("%s{\"cpu\":%u", cpu ? "," : "", cpu);
    add_truth("online", cpu_is_online(cpu));
    add_truth("removable", cpu_is_removable(cpu));
    format(path, sizeof path, CPUS "/cpu%u/topology/thread_siblings_list", cpu);
    add_line("siblings", path);
    add("}");
}

static void add_cores(void) {
    add(",\"cores\":[");
    for (uint32_t cpu = 0; cpu_exists(cpu); cpu++)
        add_core(cpu);
    add("]");
    add_line("isolated", CPUS "/isolated");
}

/* --- memory --- */

static void add_pages(uint64_t node, uint64_t kib, bool first) {
    char folder[96], path[128];
    format(folder, sizeof folder, NODES "/node%lu/hugepages/hugepages-%lukB", node, kib);
    if (!file_exists(folder))
        return;
    format(path, sizeof path, "%s/nr_hugepages", folder);
    uint64_t total = file_number(path);
    format(path, sizeof path, "%s/free_hugepages", folder);
    add("%s{\"bytes\":%lu,\"total\":%lu,\"free\":%lu}", first ? "" : ",", kib * 1024, total,
        file_number(path));
}

#define NODES_MAX 64

static void add_nodes(void) {
    char path[64];
    bool first = true;
    add(",\"nodes\":[");
    for (uint64_t node = 0; node < NODES_MAX; node++) {
        format(path, sizeof path, NODES "/node%lu", node);
        if (!file_exists(path))
            continue;
        add("%s{\"node\":%lu,\"free_bytes\":%lu,\"contiguous_bytes\":%lu,\"pages\":[",
            first ? "" : ",", node, node_memory(node, "MemFree"), node_contiguous(node));
        add_pages(node, 2048, true);
        add_pages(node, 1024 * 1024, false);
        add("]");
        format(path, sizeof path, NODES "/node%lu/cpulist", node);
        add_line("cores", path);
        add("}");
        first = false;
    }
    add("]");
}

/* --- access --- */

/* Whether a page of memory that Linux uses can be mapped: it is none of ours to read. */
static bool is_memory_open(int memory) {
    int64_t at = sys(__NR_mmap, 0, PAGE, PROT_READ, MAP_SHARED, memory, 16 << 20);
    if (is_error(at))
        return false;
    sys(__NR_munmap, at, PAGE);
    return true;
}

static void add_access(void) {
    int64_t opened = sys(__NR_open, "/dev/mem", O_RDWR | O_CLOEXEC);
    int memory = is_error(opened) ? -1 : (int)opened;
    const char *problem = memory < 0 ? "/dev/mem cannot be opened." : apic_find(memory);
    add_truth("dev_mem", memory >= 0);
    add_truth("strict_devmem", !is_memory_open(memory));
    add_truth("apic_reached", problem == NULL);
    add_truth("x2apic", apic_is_x2apic());
    add_truth("msr", file_exists("/dev/cpu/0/msr"));
    add(",\"apic_problem\":\"%s\"", problem ? problem : "");
    add(",\"trampoline\":%lu", memory < 0 ? 0 : low_find(memory));
}

/* "[none] integrity confidentiality": the one in brackets. */
static void add_lockdown(void) {
    char line[128], *start = line, *end;
    file_read("/sys/kernel/security/lockdown", line, sizeof line);
    while (*start && *start != '[')
        start++;
    for (end = start; *end && *end != ']'; end++)
        ;
    *end = '\0';
    add(",\"lockdown\":\"%s\"", *start ? start + 1 : "");
}

/* --- the whole --- */

void facts_print(void) {
    add("{\"version\":1");
    add_truth("root", sys(__NR_geteuid) == 0);
    add_line("release", "/proc/sys/kernel/osrelease");
    add_line("command_line", "/proc/cmdline");
    add_cores();
    add_nodes();
    add_access();
    add_lockdown();
    add("}\n");
    sys(__NR_write, 1, text, length);
}
