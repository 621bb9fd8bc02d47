/* The agent on the host: the VM's memory is a file, its second serial line the doorbell. */
#include "host.h"
#include "clock.h"
#include "confine.h"
#include "lib.h"
#include "native.h"
#include "report.h"
#include "root.h"
#include "serve.h"
#include "sys.h"
#include "view.h"

static int doorbell, parent;

/* The VM's serial line takes the byte as an interrupt. The socket never waits: where it is full,
 * there are rings enough on their way. */
static void ring(uint32_t core) {
    (void)core;
    sys(__NR_write, doorbell, "", 1);
}

static int open_hidden(const char *path, int flags) {
    if (!path)
        return -1;
    int64_t descriptor = sys(__NR_open, path, flags | O_CLOEXEC, 0600);
    if (is_error(descriptor))
        fail("%s cannot be opened: error %d.", path, (int)-descriptor);
    return hide((int)descriptor);
}

struct address {
    uint16_t family;
    char path[108];
};

#define AF_UNIX     1
#define SOCK_STREAM 1

static int listen_at(const char *path) {
    struct address address = {.family = AF_UNIX};
    if (format(address.path, sizeof address.path, "%s", path) == sizeof address.path - 1)
        fail("The doorbell's path is too long: %s.", path);
    int64_t listening = sys(__NR_socket, AF_UNIX, SOCK_STREAM | O_CLOEXEC, 0);
    int64_t result =
        is_error(listening) ? listening : sys(__NR_bind, listening, &address, sizeof address);
    if (is_error(result) || is_error(result = sys(__NR_listen, listening, 1)))
        fail("The doorbell %s cannot be made: error %d.", path, (int)-result);
    return hide((int)listening);
}

_Noreturn static void end_lost(const char *why) {
    report_error("lost", why);
    sys(__NR_exit_group, 1);
    __builtin_unreachable();
}

/* Until the descriptor is readable; ends the agent if Diver ends. */
static void wait_readable(int descriptor) {
    struct pollfd both[2] = {{descriptor, POLLIN, 0}, {parent, POLLIN, 0}};
    do
        sys(__NR_poll, both, 2, -1);
    while (both[0].revents == 0 && both[1].revents == 0);
    if (both[0].revents == 0)
        end_lost("Diver ended.");
}

/* Waits for QEMU at the socket. */
static int accept_doorbell(int listening) {
    wait_readable(listening);
    int64_t peer = sys(__NR_accept4, listening, 0, 0, O_CLOEXEC | O_NONBLOCK);
    if (is_error(peer))
        fail("Nobody came to the doorbell: error %d.", (int)-peer);
    sys(__NR_close, listening);
    return hide((int)peer);
}

/* The kernel's first message; it comes byte by byte, as a serial line has it. */
static uint64_t read_hello(void) {
    uint64_t hello[2];
    size_t have = 0;
    while (have < sizeof hello) {
        wait_readable(doorbell);
        int64_t got = sys(__NR_read, doorbell, (char *)hello + have, sizeof hello - have);
        if (got == -EINTR || got == -EAGAIN)
            continue;
        if (got <= 0)
            end_lost("The kernel ended before it asked for a delegate.");
        have += (size_t)got;
    }
    if (hello[0] != DIVER_HELLO)
        fail("The kernel's first message is 0x%lx, not a greeting.", hello[0]);
    return hello[1];
}

/* The machine's memory, as large as the regions say; whoever comes first makes the file. */
static int open_memory(const struct options *options) {
    uint64_t end = 0;
    struct stat status;
    for (size_t i = 0; i < options->region_count; i++)
        end = MAX(end, options->regions[i].offset + options->regions[i].bytes);
    int memory = open_hidden(options->memory, O_RDWR | O_CREAT);
    if (memory < 0 || end == 0 || is_error(sys(__NR_fstat, memory, &status)))
        fail("The agent is not told where the kernel's memory is.");
    if (status.size == 0 && is_error(sys(__NR_ftruncate, memory, end)))
        fail("%s cannot be made as large as the kernel's memory.", options->memory);
    if (status.size != 0 && (uint64_t)status.size < end)
        fail("%s is smaller than the kernel's memory.", options->memory);
    return memory;
}

/* As on hardware, where it is in pages that Linux maps only as a whole. */
static void see_memory(const struct options *options, int memory) {
    for (size_t i = 0; i < options->region_count; i++) {
        const struct region *region = &options->regions[i];
        int64_t result = view_add(region->physical, region->bytes, memory, region->offset);
        if (is_error(result))
            fail("The kernel's memory at 0x%lx cannot be mapped: error %d.", region->physical,
                 (int)-result);
    }
}

static struct machine machine_of(const struct options *options) {
    struct machine machine = {.cores = 1};
    if (options->core_count == 1) /* how many, here */
        machine.cores = first_cores(MAX(options->cores[0], 1));
    for (size_t i = 0; i < options->region_count; i++)
        machine.memory += options->regions[i].bytes;
    if (machine.memory == 0) {
        uint64_t info[14] = {0}; /* struct sysinfo: the fifth word is the machine's memory */
        sys(__NR_sysinfo, info);
        machine.memory = info[4];
    }
    return machine;
}

/* Diver's end ends the agent, too: Linux forgets that when a process enters a user namespace. */
static void enter_root(const struct options *options) {
    int32_t signal = 0;
    const struct machine machine = machine_of(options);
    sys(__NR_prctl, PR_GET_PDEATHSIG, &signal);
    root_enter(options, &machine);
    sys(__NR_prctl, PR_SET_PDEATHSIG, signal);
}

_Noreturn void host(const struct options *options) {
    struct instant start = instant(CLOCK_MONOTONIC_RAW);
    struct confinement confinement;
    report_init(open_hidden(options->report, O_WRONLY | O_CREAT | O_APPEND),
                open_hidden(options->log, O_WRONLY | O_CREAT | O_APPEND));
    parent = hide((int)sys(__NR_pidfd_open, sys(__NR_getppid), 0));
    if (options->native) {
        enter_root(options);
        native(options);
    }
    int memory = open_memory(options);
    window_init(memory, options->regions, options->region_count);
    if (options->seen)
        see_memory(options, memory);
    int listening = listen_at(options->doorbell ? options->doorbell : "");
    enter_root(options);
    doorbell = accept_doorbell(listening);
    confine(options, true, &confinement);
    report_line("{\"event\":\"agent\",\"version\":1,\"pid\":%d,\"confined\":[%s],"
                "\"doorbell\":\"uart\"}",
                (int)sys(__NR_getpid), confinement.list);
    struct service service = {
        .channel = channel_at(read_hello()),
        .doorbell = doorbell,
        .parent = parent,
        .wake = ring,
        .tsc_hz = tsc_frequency(start),
    };
    serve(&service);
}
