/* Virtio-serial (OASIS virtio 1.1, 5.3 console device, with multiple ports). */
#include "remora/delegate.h"
#include "remora/device.h"
#include "remora/lib.h"
#include "remora/memory.h"
#include "remora/x86.h"

#define TYPE_CONSOLE      3
#define FEATURE_MULTIPORT (1ull << 1)
#define CONFIG_MAX_PORTS  4 /* offset of max_nr_ports */

#define PORTS_MAX 8
#define NAME_MAX  32

struct control {
    uint32_t port;
    uint16_t event;
    uint16_t value;
};
enum {
    DEVICE_READY = 0,
    PORT_ADD = 1,
    PORT_READY = 3,
    PORT_OPEN = 6,
    PORT_NAME = 7,
};

/* Host to guest, every queue has the same buffers; guest to host, the data stay in place. */
#define BUFFER_SIZE 4096
#define BUFFERS     8

struct input {
    struct virtqueue queue;
    uint8_t *buffers;    /* BUFFERS of BUFFER_SIZE; descriptor i is buffer i */
    uint16_t current;    /* the buffer being read */
    uint32_t from, left; /* what is unread in it */
};

struct port {
    char name[NAME_MAX];
    bool present;   /* added by the host */
    bool host_open; /* and something is connected to it there */
    struct input in;
    struct virtqueue out;
};

static struct virtio_device device;
static struct input control_in;
static struct virtqueue control_out;
static struct port ports[PORTS_MAX];
static uint32_t port_count;

/* --- host to guest --- */

static void give_back(struct input *in, uint16_t buffer) {
    uint64_t physical = kernel_to_physical(in->buffers + buffer * BUFFER_SIZE);
    virtqueue_fill(&in->queue, buffer, physical, BUFFER_SIZE, true, false);
    virtqueue_offer(&in->queue, buffer);
    virtqueue_kick(&in->queue);
}

static bool input_init(struct input *in, uint16_t index) {
    uint64_t frames = frames_alloc(BUFFERS * BUFFER_SIZE, PAGE_SIZE);
    if (frames == 0 || !virtqueue_init(&in->queue, &device, index))
        return false;
    in->buffers = physical_to_kernel(frames);
    return true;
}

static void input_start(struct input *in) {
    for (uint16_t buffer = 0; buffer < BUFFERS; buffer++)
        give_back(in, buffer);
}

/* True if there are unread bytes; takes the next buffer from the device if need be. */
static bool input_available(struct input *in) {
    if (in->left == 0 && virtqueue_take(&in->queue, &in->current, &in->left)) {
        in->from = 0;
        in->left = MIN(in->left, BUFFER_SIZE);
        if (in->left == 0)
            give_back(in, in->current);
    }
    return in->left > 0;
}

static size_t input_copy(struct input *in, void *to, size_t size) {
    if (!input_available(in))
        return 0;
    uint32_t length = (uint32_t)MIN(size, in->left);
    memcpy(to, in->buffers + in->current * BUFFER_SIZE + in->from, length);
    in->from += length;
    in->left -= length;
    if (in->left == 0)
        give_back(in, in->current);
    return length;
}

/* --- guest to host --- */

static bool has_used(void *queue) {
    uint16_t slot;
    uint32_t length;
    return virtqueue_take(queue, &slot, &length);
}

/* Sends one chain of at most QUEUE_SIZE spans and waits until the host has taken it. */
static void send(struct virtqueue *queue, const struct span *spans, size_t count) {
    for (uint16_t i = 0; i < count; i++)
        virtqueue_fill(queue, i, spans[i].physical, (uint32_t)spans[i].length, false,
                       i + 1u < count);
    virtqueue_offer(queue, 0);
    virtqueue_kick(queue);
    wait_holding(has_used, queue);
}

static void control_send(uint32_t port, uint16_t event, uint16_t value) {
    struct control message = {port, event, value};
    struct span span = {kernel_to_physical(&message), sizeof message};
    send(&control_out, &span, 1);
}

/* --- control messages --- */

static void handle_control(const struct control *message, const char *text, size_t length) {
    if (message->port >= port_count)
        return;
    struct port *port = &ports[message->port];
    switch (message->event) {
    case PORT_ADD:
        port->present = true;
        control_send(message->port, PORT_READY, 1);
        break;
    case PORT_OPEN:
        port->host_open = message->value != 0;
        break;
    case PORT_NAME:
        length = MIN(length, NAME_MAX - 1);
        memcpy(port->name, text, length);
        port->name[length] = '\0';
        break;
    }
}

static void handle_controls(void) {
    uint8_t buffer[BUFFER_SIZE / 16];
    size_t length;
    while (input_available(&control_in)) {
        uint32_t rest = control_in.left; /* one buffer is one message */
        length = input_copy(&control_in, buffer, sizeof buffer);
        if (rest > length || length < sizeof(struct control))
            continue;
        struct control message;
        memcpy(&message, buffer, sizeof message);
        handle_control(&message, (char *)buffer + sizeof message, length - sizeof message);
    }
}

/* --- ports --- */

/* Port 0 has queues 0 and 1; 2 and 3 are for control; port n > 0 has 2n + 2 and 2n + 3. */
static bool queues_init(void) {
    if (!input_init(&control_in, 2) || !virtqueue_init(&control_out, &device, 3))
        return false;
    for (uint32_t i = 0; i < port_count; i++) {
        uint16_t index = (uint16_t)(i == 0 ? 0 : 2 * i + 2);
        if (!input_init(&ports[i].in, index) ||
            !virtqueue_init(&ports[i].out, &device, (uint16_t)(index + 1)))
            return false;
    }
    return true;
}

void ports_init(void) {
    if (delegate_available())
        return; /* the streams are the agent's, and so may be the machine */
    if (machine_detect() != MACHINE_MICROVM ||
        !virtio_find(&device, TYPE_CONSOLE, FEATURE_MULTIPORT))
        return;
    port_count = MIN(virtio_config_read(&device, CONFIG_MAX_PORTS), PORTS_MAX);
    if (!queues_init())
        panic("the virtio-serial device cannot be set up");
    virtio_start(&device);
    input_start(&control_in);
    for (uint32_t i = 0; i < port_count; i++)
        input_start(&ports[i].in);
    control_send(0, DEVICE_READY, 1);
    handle_controls();
}

struct port *port_open(const char *name) {
    for (uint32_t i = 0; i < port_count; i++)
        if (ports[i].present && string_equal(ports[i].name, name)) {
            control_send(i, PORT_OPEN, 1);
            return &ports[i];
        }
    return NULL;
}

void port_write(struct port *port, const struct span *spans, size_t count) {
    for (size_t sent; count > 0; spans += sent, count -= sent) {
        sent = MIN(count, QUEUE_SIZE);
        send(&port->out, spans, sent);
    }
}

size_t port_read(struct port *port, char *to, size_t size) {
    return input_copy(&port->in, to, size);
}

bool port_readable(struct port *port) {
    return input_available(&port->in) || port_at_end(port);
}

bool port_at_end(struct port *port) {
    handle_controls();
    return !port->host_open && !input_available(&port->in);
}
