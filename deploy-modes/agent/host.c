/* The agent on the host: the VM's memory is a file, its second serial line the doorbell. */
#include "host.h"
#include "lib.h"
#include "report.h"
#include "serve.h"
#include "sys.h"

static int doorbell;

/* The VM's serial line takes the byte as an interrupt. */
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

/* Waits for QEMU at the socket. */
static int accept_doorbell(const char *path) {
    struct address address = {.family = AF_UNIX};
    if (!path || strlen(path) >= sizeof address.path)
        fail("The doorbell's path is missing or too long.");
    memcpy(address.path, path, strlen(path));
    int64_t listening = sys(__NR_socket, AF_UNIX, SOCK_STREAM | O_CLOEXEC, 0);
    if (is_error(listening) || is_error(sys(__NR_bind, listening, &address, sizeof address)) ||
        is_error(sys(__NR_listen, listening, 1)))
        fail("The doorbell %s cannot be made.", path);
    int64_t peer;
    do
        peer = sys(__NR_accept4, listening, 0, 0, O_CLOEXEC);
    while (peer == -EINTR);
    if (is_error(peer))
        fail("Nobody came to the doorbell %s: error %d.", path, (int)-peer);
    sys(__NR_close, listening);
    return hide((int)peer);
}

/* The kernel's first message; it comes byte by byte, as a serial line has it. */
static uint64_t read_hello(void) {
    uint64_t hello[2];
    size_t have = 0;
    while (have < sizeof hello) {
        int64_t got = sys(__NR_read, doorbell, (char *)hello + have, sizeof hello - have);
        if (got == -EINTR)
            continue;
        if (got <= 0) {
            report_error("lost", "The kernel ended before it asked for a delegate.");
            sys(__NR_exit_group, 1);
        }
        have += (size_t)got;
    }
    if (hello[0] != DIVER_HELLO)
        fail("The kernel's first message is 0x%lx, not a greeting.", hello[0]);
    return hello[1];
}

static uint64_t nanoseconds(void) {
    struct timespec now;
    sys(__NR_clock_gettime, CLOCK_MONOTONIC_RAW, &now);
    return (uint64_t)now.seconds * 1000000000 + (uint64_t)now.nanoseconds;
}

/* Over at least 5 ms, which the machine's boot takes anyway. */
static uint64_t tsc_frequency(uint64_t tsc, uint64_t time) {
    while (nanoseconds() - time < 5000000)
        ;
    uint64_t ticks = read_tsc() - tsc, passed = nanoseconds() - time;
    return ticks * 1000000 / (passed / 1000);
}

_Noreturn void host(const struct options *options) {
    uint64_t tsc = read_tsc(), time = nanoseconds();
    report_init(open_hidden(options->report, O_WRONLY | O_CREAT | O_APPEND),
                open_hidden(options->log, O_WRONLY | O_CREAT | O_APPEND));
    doorbell = accept_doorbell(options->doorbell);
    int memory = open_hidden(options->memory, O_RDWR);
    window_init(memory, options->regions, options->region_count);
    report_line("{\"event\":\"agent\",\"version\":1,\"pid\":%d,\"doorbell\":\"uart\"}",
                (int)sys(__NR_getpid));
    struct service service = {
        .channel = channel_at(read_hello()),
        .doorbell = doorbell,
        .wake = ring,
        .tsc_hz = tsc_frequency(tsc, time),
    };
    serve(&service);
}
