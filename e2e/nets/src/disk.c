/*
 * The first virtio disk (Virtual I/O Device 1.0, section 4.1 and 5.2, legacy interface): the app in
 * whole sectors, then one with its arguments.
 */
#include "kernel.h"

#define PCI_ADDRESS  0xcf8
#define PCI_DATA     0xcfc
#define VIRTIO_BLOCK 0x10011af4
#define SECTOR       512
#define MAX_SECTORS  512
#define MAX_QUEUE    1024

enum {
    FEATURES = 4,
    QUEUE_ADDRESS = 8,
    QUEUE_SIZE = 12,
    QUEUE_SELECT = 14,
    NOTIFY = 16,
    STATUS = 18
};
enum { DRIVER_OK = 7, NEXT = 1, DEVICE_WRITES = 2 };

struct descriptor {
    uint64_t address;
    uint32_t length;
    uint16_t flags, next;
};

static uint8_t queue[3 * 16384] __attribute__((aligned(4096)));
static uint8_t content[MAX_SECTORS * SECTOR];
static uint16_t base, size, asked;

static uint32_t pci_read(uint32_t device, uint32_t offset) {
    out32(PCI_ADDRESS, 0x80000000u | device << 11 | offset);
    return in32(PCI_DATA);
}

static int find_disk(void) {
    for (uint32_t device = 0; device < 32; device++) {
        if (pci_read(device, 0) != VIRTIO_BLOCK)
            continue;
        base = pci_read(device, 0x10) & ~3u;
        out32(PCI_ADDRESS, 0x80000000u | device << 11 | 4);
        out32(PCI_DATA, 7); /* ports, memory, bus mastering */
        return 1;
    }
    return 0;
}

static void start_disk(void) {
    out8(base + STATUS, 0);
    out8(base + STATUS, 3);
    out32(base + FEATURES, 0);
    out16(base + QUEUE_SELECT, 0);
    size = (uint16_t)in32(base + QUEUE_SIZE);
    out32(base + QUEUE_ADDRESS, (uint32_t)queue / 4096);
    out8(base + STATUS, DRIVER_OK);
}

static volatile uint16_t *used_index(void) {
    uint32_t available = size * sizeof(struct descriptor) + 2 * (3 + size);
    return (volatile uint16_t *)(queue + ((available + 4095) & ~4095u) + 2);
}

static int read_sector(uint32_t sector, uint8_t *into) {
    static struct {
        uint32_t type, priority;
        uint64_t sector;
    } request;
    static volatile uint8_t status;
    struct descriptor *table = (struct descriptor *)queue;
    volatile uint16_t *available = (volatile uint16_t *)(queue + size * sizeof(*table));
    request.sector = sector;
    status = 1;
    table[0] = (struct descriptor){(uint32_t)&request, sizeof(request), NEXT, 1};
    table[1] = (struct descriptor){(uint32_t)into, SECTOR, NEXT | DEVICE_WRITES, 2};
    table[2] = (struct descriptor){(uint32_t)&status, 1, DEVICE_WRITES, 0};
    available[2 + asked % size] = 0;
    __sync_synchronize();
    available[1] = ++asked;
    __sync_synchronize();
    out16(base + NOTIFY, 0);
    while (*used_index() != asked)
        __asm__ volatile("pause");
    return status == 0;
}

int (*find_app(const uint32_t *info, const char **arguments))(const struct tiny *tiny) {
    (void)info;
    const struct app_header *header = (const struct app_header *)content;
    if (!find_disk())
        return 0;
    start_disk();
    if (!size || size > MAX_QUEUE || !read_sector(0, content) || header->magic != APP_MAGIC)
        return 0;
    uint32_t sectors = (header->size + SECTOR - 1) / SECTOR + 1;
    if (sectors > MAX_SECTORS)
        return 0;
    for (uint32_t i = 1; i < sectors; i++)
        if (!read_sector(i, content + i * SECTOR))
            return 0;
    content[sectors * SECTOR - 1] = 0;
    *arguments = (const char *)content + (sectors - 1) * SECTOR;
    return load_app(content, sizeof(content));
}
