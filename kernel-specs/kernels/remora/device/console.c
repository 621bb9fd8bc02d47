/* The app's three streams: virtio-serial ports, or COM1 where the machine has none. */
#include "remora/device.h"
#include "remora/lib.h"
#include "remora/memory.h"
#include "remora/thread.h"
#include "remora/x86.h"

static struct port *streams[3];

void console_init(void) {
    streams[STREAM_IN] = port_open("dev.diver.stdin");
    streams[STREAM_OUT] = port_open("dev.diver.stdout");
    streams[STREAM_ERR] = port_open("dev.diver.stderr");
}

void console_write(enum stream stream, const struct span *spans, size_t count) {
    if (streams[stream]) {
        port_write(streams[stream], spans, count);
        return;
    }
    for (size_t i = 0; i < count; i++)
        serial_write(physical_to_kernel(spans[i].physical), spans[i].length);
}

/* COM1 is looked at one byte ahead. */
static char ahead;
static bool is_ahead;

bool console_readable(void) {
    if (streams[STREAM_IN])
        return port_readable(streams[STREAM_IN]);
    is_ahead = is_ahead || serial_read(&ahead, 1) == 1;
    return is_ahead;
}

static bool readable(void *unused) {
    (void)unused;
    return console_readable();
}

bool console_wait(void) {
    return thread_wait(readable, NULL, FOREVER) != WAIT_INTERRUPTED;
}

size_t console_read(char *to, size_t size) {
    if (streams[STREAM_IN])
        return port_read(streams[STREAM_IN], to, size);
    if (!is_ahead)
        return 0;
    is_ahead = false;
    to[0] = ahead;
    return 1 + serial_read(to + 1, size - 1);
}
