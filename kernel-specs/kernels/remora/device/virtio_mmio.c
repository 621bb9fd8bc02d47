/* Virtio 1.0 over memory-mapped registers (OASIS virtio 1.1, 2.6 split virtqueues, 4.2 MMIO). */
#include "remora/device.h"
#include "remora/lib.h"
#include "remora/memory.h"

#define WINDOW       0xfeb00000 /* microvm's transports: 24 slots of 512 bytes */
#define WINDOW_SLOT  512
#define WINDOW_SLOTS 24

#define MAGIC_VALUE         0x000
#define VERSION             0x004
#define DEVICE_ID           0x008
#define DEVICE_FEATURES     0x010
#define DEVICE_FEATURES_SEL 0x014
#define DRIVER_FEATURES     0x020
#define DRIVER_FEATURES_SEL 0x024
#define QUEUE_SEL           0x030
#define QUEUE_NUM_MAX       0x034
#define QUEUE_NUM           0x038
#define QUEUE_READY         0x044
#define QUEUE_NOTIFY        0x050
#define STATUS              0x070
#define QUEUE_DESC          0x080
#define QUEUE_DRIVER        0x090
#define QUEUE_DEVICE        0x0a0
#define CONFIG              0x100

#define MAGIC             0x74726976
#define MODERN            2
#define FEATURE_VERSION_1 (1ull << 32)

#define STATUS_ACKNOWLEDGE 1
#define STATUS_DRIVER      2
#define STATUS_DRIVER_OK   4
#define STATUS_FEATURES_OK 8

struct virtq_desc {
    uint64_t address;
    uint32_t length;
    uint16_t flags;
    uint16_t next;
};
#define DESC_NEXT  1
#define DESC_WRITE 2

struct virtq_avail {
    uint16_t flags;
    uint16_t index;
    uint16_t ring[QUEUE_SIZE];
};
#define AVAIL_NO_INTERRUPT 1

struct virtq_used {
    uint16_t flags;
    uint16_t index;
    struct {
        uint32_t id;
        uint32_t length;
    } ring[QUEUE_SIZE];
};

#define AVAIL_OFFSET (QUEUE_SIZE * sizeof(struct virtq_desc))
#define USED_OFFSET  (AVAIL_OFFSET + 256)
_Static_assert(sizeof(struct virtq_avail) <= 256, "avail ring");
_Static_assert(USED_OFFSET + sizeof(struct virtq_used) <= PAGE_SIZE, "a queue fits one frame");

static volatile uint32_t *reg(const struct virtio_device *device, uint32_t offset) {
    return (volatile uint32_t *)(device->base + offset);
}

static void negotiate(struct virtio_device *device, uint64_t features) {
    *reg(device, STATUS) = 0;
    *reg(device, STATUS) = STATUS_ACKNOWLEDGE | STATUS_DRIVER;
    features |= FEATURE_VERSION_1;
    for (uint32_t half = 0; half < 2; half++) {
        *reg(device, DEVICE_FEATURES_SEL) = half;
        uint32_t offered = *reg(device, DEVICE_FEATURES);
        *reg(device, DRIVER_FEATURES_SEL) = half;
        *reg(device, DRIVER_FEATURES) = offered & (uint32_t)(features >> (32 * half));
    }
    *reg(device, STATUS) = STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK;
}

bool virtio_find(struct virtio_device *device, uint32_t type, uint64_t features) {
    for (uint64_t slot = 0; slot < WINDOW_SLOTS; slot++) {
        device->base = (uint64_t)physical_to_kernel(WINDOW + slot * WINDOW_SLOT);
        if (*reg(device, MAGIC_VALUE) != MAGIC || *reg(device, VERSION) != MODERN ||
            *reg(device, DEVICE_ID) != type)
            continue;
        negotiate(device, features);
        return *reg(device, STATUS) & STATUS_FEATURES_OK;
    }
    return false;
}

uint32_t virtio_config_read(struct virtio_device *device, uint32_t offset) {
    return *reg(device, CONFIG + offset);
}

void virtio_start(struct virtio_device *device) {
    *reg(device, STATUS) |= STATUS_DRIVER_OK;
}

static void set_address(struct virtio_device *device, uint32_t offset, const void *pointer) {
    uint64_t physical = kernel_to_physical(pointer);
    *reg(device, offset) = (uint32_t)physical;
    *reg(device, offset + 4) = (uint32_t)(physical >> 32);
}

bool virtqueue_init(struct virtqueue *queue, struct virtio_device *device, uint16_t index) {
    *reg(device, QUEUE_SEL) = index;
    if (*reg(device, QUEUE_NUM_MAX) < QUEUE_SIZE)
        return false;
    uint64_t frame = frames_alloc(PAGE_SIZE, PAGE_SIZE);
    if (frame == 0)
        return false;
    uint8_t *memory = memset(physical_to_kernel(frame), 0, PAGE_SIZE);
    *queue = (struct virtqueue){
        .device = device,
        .desc = (struct virtq_desc *)memory,
        .avail = (struct virtq_avail *)(memory + AVAIL_OFFSET),
        .used = (struct virtq_used *)(memory + USED_OFFSET),
        .index = index,
    };
    queue->avail->flags = AVAIL_NO_INTERRUPT; /* remora looks for itself */
    *reg(device, QUEUE_NUM) = QUEUE_SIZE;
    set_address(device, QUEUE_DESC, queue->desc);
    set_address(device, QUEUE_DRIVER, queue->avail);
    set_address(device, QUEUE_DEVICE, queue->used);
    *reg(device, QUEUE_READY) = 1;
    return true;
}

void virtqueue_fill(struct virtqueue *queue, uint16_t slot, uint64_t physical, uint32_t length,
                    bool writable, bool more) {
    queue->desc[slot] = (struct virtq_desc){
        .address = physical,
        .length = length,
        .flags = (uint16_t)((more ? DESC_NEXT : 0) | (writable ? DESC_WRITE : 0)),
        .next = (uint16_t)(slot + 1),
    };
}

void virtqueue_offer(struct virtqueue *queue, uint16_t slot) {
    struct virtq_avail *avail = queue->avail;
    uint16_t index = avail->index;
    avail->ring[index % QUEUE_SIZE] = slot;
    __atomic_store_n(&avail->index, (uint16_t)(index + 1), __ATOMIC_RELEASE);
}

void virtqueue_kick(struct virtqueue *queue) {
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    *reg(queue->device, QUEUE_NOTIFY) = queue->index;
}

bool virtqueue_take(struct virtqueue *queue, uint16_t *slot, uint32_t *length) {
    if (__atomic_load_n(&queue->used->index, __ATOMIC_ACQUIRE) == queue->used_seen)
        return false;
    uint16_t at = queue->used_seen++ % QUEUE_SIZE;
    *slot = (uint16_t)(queue->used->ring[at].id % QUEUE_SIZE);
    *length = queue->used->ring[at].length;
    return true;
}
