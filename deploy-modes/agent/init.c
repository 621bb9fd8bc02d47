/* PID 1 of the Linux in a partitioned VM. Diver leaves all that it needs in /diver. */
#include "init.h"
#include "enclave.h"
#include "files.h"
#include "lib.h"
#include "native.h"
#include "options.h"
#include "report.h"
#include "sys.h"

#define ARGUMENTS_FILE "/diver/arguments"
#define ARGUMENTS_MAX  4096
#define MODULES        "/diver/modules/"
#define PORTS_MS       5000

static struct options options;

/* --- the words that Diver left --- */

static char **read_words(void) {
    static char text[1 << 20];
    static char *words[ARGUMENTS_MAX + 1];
    size_t count = 0;
    int64_t length = file_read(ARGUMENTS_FILE, text, sizeof text);
    if (length <= 0)
        fail(ARGUMENTS_FILE " is missing in the initial RAM disk.");
    for (int64_t start = 0; start < length && count < ARGUMENTS_MAX;
         start += (int64_t)strlen(text + start) + 1)
        words[count++] = text + start;
    return words;
}

/* --- drivers and file systems --- */

/* Loads the modules that a list in the kernel package's RAM disk names, a line each. */
static void load_modules(const char *list) {
    char names[1024], path[128];
    int64_t length = file_read(list, names, sizeof names);
    if (is_error(length))
        fail("%s is missing in the initial RAM disk: error %d.", list, (int)-length);
    for (int64_t start = 0, end; start < length; start = end + 1) {
        for (end = start; end < length && names[end] != '\n'; end++)
            ;
        names[end] = '\0';
        format(path, sizeof path, MODULES "%s", names + start);
        int64_t module = sys(__NR_open, path, O_RDONLY | O_CLOEXEC);
        int64_t result = is_error(module) ? module : sys(__NR_finit_module, module, "", 0);
        if (is_error(result) && result != -EEXIST)
            fail("The module %s cannot be loaded: error %d.", path, (int)-result);
        sys(__NR_close, module);
    }
}

static void mount(const char *what, const char *where, const char *type, uint64_t flags) {
    sys(__NR_mkdir, where, 0755);
    int64_t result = sys(__NR_mount, what, where, type, flags, "");
    if (is_error(result) && result != -EBUSY)
        fail("%s cannot be mounted at %s: error %d.", type, where, (int)-result);
}

/* --- the standard streams: virtio-serial ports, by their names --- */

static bool is_named(const char *port, const char *wanted) {
    char path[96], name[64];
    format(path, sizeof path, "/sys/class/virtio-ports/%s/name", port);
    int64_t length = file_read(path, name, sizeof name);
    if (length <= 0)
        return false;
    name[name[length - 1] == '\n' ? length - 1 : length] = '\0';
    return equal(name, wanted);
}

/* The hypervisor announces ports one by one, after the driver has been loaded. */
static int open_port(const char *name, int flags) {
    for (int waited = 0; waited < PORTS_MS; waited++) {
        for (int number = 0; number < 16; number++) {
            char port[16], path[32];
            format(port, sizeof port, "vport0p%d", number);
            if (!is_named(port, name))
                continue;
            format(path, sizeof path, "/dev/%s", port);
            int64_t descriptor = sys(__NR_open, path, flags | O_CLOEXEC);
            if (!is_error(descriptor))
                return (int)descriptor;
        }
        struct timespec pause = {0, 1000000};
        sys(__NR_nanosleep, &pause, 0);
    }
    fail("The machine has no virtio-serial port %s.", name);
}

static void move(int from, int to) {
    if (from == to)
        return;
    sys(__NR_dup2, from, to);
    sys(__NR_close, from);
}

/* The port takes what is there and waits for nothing, so the pipe is asked first. */
static void pump(int from, int port) {
    struct pollfd readable = {from, POLLIN, 0};
    do
        sys(__NR_poll, &readable, 1, -1);
    while ((readable.revents & POLLIN) && sys(__NR_splice, from, 0, port, 0, 1 << 20, 0) > 0);
}

/* What the app writes goes through a pipe: its writes are whole, as to a pipe on any Linux. A
 * process passes the bytes on until the last writer has gone. */
static int64_t start_pump(int port, int descriptor) {
    int32_t ends[2];
    if (is_error(sys(__NR_pipe2, ends, 0)))
        fail("There are no pipes for the app's output.");
    int64_t child = sys(__NR_fork);
    if (child == 0) {
        for (int other = 0; other < ends[0]; other++)
            if (other != port)
                sys(__NR_close, other);
        sys(__NR_close, ends[1]);
        pump(ends[0], port);
        sys(__NR_exit_group, 0);
    }
    sys(__NR_close, ends[0]);
    sys(__NR_close, port);
    move(ends[1], descriptor);
    return child;
}

/* --- the end --- */

#define REBOOT_MAGIC_1   0xfee1dead
#define REBOOT_MAGIC_2   672274793
#define REBOOT_POWER_OFF 0x4321fedc

_Noreturn static void power_off(void) {
    sys(__NR_sync);
    sys(__NR_reboot, REBOOT_MAGIC_1, REBOOT_MAGIC_2, REBOOT_POWER_OFF, 0);
    sys(__NR_exit_group, 1); /* PID 1's end is a panic, which ends the machine, too */
    __builtin_unreachable();
}

static int64_t wait_for(int64_t child) {
    int32_t status = 0;
    while (sys(__NR_wait4, child, &status, 0, 0) == -EINTR)
        ;
    return status;
}

_Noreturn void init(void) {
    mount("none", "/proc", "proc", 0);
    mount("none", "/sys", "sysfs", 0);
    mount("none", "/dev", "devtmpfs", 0);
    int console = hide((int)sys(__NR_open, "/dev/console", O_RDWR | O_NOCTTY | O_CLOEXEC));
    options_read(read_words(), &options);
    for (size_t i = 0; i < options.share_count; i++)
        options.shares[i].tag = true; /* virtiofs is what they come by */
    load_modules(MODULES "order");
    if (options.share_count > 0)
        load_modules(MODULES "order.shares");
    int report = hide(open_port("dev.diver.report", O_WRONLY));
    report_init(report, console);
    int input = open_port("dev.diver.stdin", O_RDONLY);
    int output = open_port("dev.diver.stdout", O_WRONLY);
    int errors = open_port("dev.diver.stderr", O_WRONLY);
    move(input, 0);
    int64_t pumps[] = {start_pump(output, 1), start_pump(errors, 2)};
    int64_t agent = sys(__NR_fork);
    if (agent == 0 && options.native) /* this Linux then has all cores and all memory */
        native_on_cores(&options);
    if (agent == 0)
        enclave(&options);
    sys(__NR_close, 1);
    sys(__NR_close, 2);
    int64_t status = wait_for(agent);
    for (size_t i = 0; i < ARRAY_SIZE(pumps); i++)
        wait_for(pumps[i]);
    if (status & 0x7f) {
        char message[64];
        format(message, sizeof message, "The agent was killed by signal %d.", (int)(status & 0x7f));
        report_error("failed", message);
    }
    power_off();
}
