/* The few devices of a machine that remora drives: COM1, virtio-serial ports, the power switch. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- machine.c: which machine this is, and how it ends --- */

enum machine { MACHINE_PC, MACHINE_MICROVM, MACHINE_SHARED };

/* Looks for the virtio-mmio window that only microvm has. */
enum machine machine_detect(void);
/* The machine is a Linux's, too: no device is touched, the kernel log goes to the agent. */
void machine_share(void);
_Noreturn void machine_power_off(void);
_Noreturn void machine_reset(void);

/* --- pci.c: devices of an enclave --- */

struct boot_info;

/* Lists them on the log and in the report, with the first register of each. */
void devices_list(const struct boot_info *boot);

/* --- serial.c: COM1, the kernel log (and all of an app's console on a pc) --- */

void serial_init(void);
void serial_write(const char *text, size_t length);
/* Takes up to `size` bytes that have arrived; 0 if there are none now. */
size_t serial_read(char *to, size_t size);

/* --- virtio_mmio.c: one virtio 1.0 device on the memory-mapped transport --- */

struct virtio_device {
    uint64_t base; /* kernel virtual address of its registers */
};

/* The number of descriptors in every queue here; a queue fits one 4 KiB frame. */
#define QUEUE_SIZE 64

/* A split virtqueue whose descriptors are used strictly in rounds: fill, kick, wait, reclaim. */
struct virtqueue {
    struct virtio_device *device;
    struct virtq_desc *desc;
    struct virtq_avail *avail;
    struct virtq_used *used;
    uint16_t index;     /* of this queue in its device */
    uint16_t used_seen; /* used entries that the driver has taken */
};

/* Finds the device of this virtio type in microvm's window and negotiates `features`. */
bool virtio_find(struct virtio_device *device, uint32_t type, uint64_t features);
uint32_t virtio_config_read(struct virtio_device *device, uint32_t offset);
void virtio_start(struct virtio_device *device);

/* Sets up queue `index`; false if the device has no such queue or there is no memory. */
bool virtqueue_init(struct virtqueue *queue, struct virtio_device *device, uint16_t index);
/* Fills descriptor `slot`; with `more` it is chained to slot + 1. `writable`: by the device. */
void virtqueue_fill(struct virtqueue *queue, uint16_t slot, uint64_t physical, uint32_t length,
                    bool writable, bool more);
/* Hands the chain that starts at `slot` to the device, without telling it. */
void virtqueue_offer(struct virtqueue *queue, uint16_t slot);
void virtqueue_kick(struct virtqueue *queue);
/* Takes the next chain that the device is done with; false if there is none yet. */
bool virtqueue_take(struct virtqueue *queue, uint16_t *slot, uint32_t *length);

/* --- virtio_serial.c: named byte streams to the host --- */

struct port;

/* Starts the virtio-serial device and learns its ports' names; without one there are no ports. */
void ports_init(void);
/* The port of this name, opened; NULL if the machine has none. */
struct port *port_open(const char *name);

/* Physically contiguous bytes. */
struct span {
    uint64_t physical;
    uint64_t length;
};

/* Hands the spans over and returns when the host has taken every byte. */
void port_write(struct port *port, const struct span *spans, size_t count);
/* Copies up to `size` bytes that have arrived; 0 if there are none now. */
size_t port_read(struct port *port, char *to, size_t size);
/* There is something to read, or the end of it. */
bool port_readable(struct port *port);
/* The host has closed its side and all that it sent has been read. */
bool port_at_end(struct port *port);

/* --- console.c: the app's stdin, stdout and stderr --- */

enum stream { STREAM_IN, STREAM_OUT, STREAM_ERR };

void console_init(void);
/* Writes all of it before it returns. */
void console_write(enum stream stream, const struct span *spans, size_t count);
/* Waits for input or its end; false if a signal came first. */
bool console_wait(void);
/* Returns up to `size` bytes of what has come, 0 at the end of input. */
size_t console_read(char *to, size_t size);
bool console_readable(void);
