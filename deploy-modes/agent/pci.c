#include "pci.h"
#include "files.h"
#include "lib.h"
#include "report.h"
#include "sys.h"

/* Linux's Documentation/ABI/testing/sysfs-bus-pci. */
#define DEVICES  "/sys/bus/pci/devices"
#define DRIVERS  "/sys/bus/pci/drivers"
#define LINK_MAX 512

/* --- its files --- */

static uint64_t read_number(const char *address, const char *name) {
    char path[PATH_MAX];
    format(path, sizeof path, DEVICES "/%s/%s", address, name);
    return file_number(path);
}

static int64_t write_file(const char *address, const char *name, const char *text) {
    char path[PATH_MAX];
    format(path, sizeof path, DEVICES "/%s/%s", address, name);
    return file_write(path, text);
}

static bool read_link(const char *path, char to[LINK_MAX]) {
    int64_t length = sys(__NR_readlink, path, to, LINK_MAX - 1);
    to[is_error(length) ? 0 : length] = '\0';
    return !is_error(length);
}

static const char *last_name(const char *path) {
    const char *last = path;
    for (; *path; path++)
        if (*path == '/')
            last = path + 1;
    return last;
}

/* --- whether Linux can do without it --- */

#define CLASS_NETWORK 0x02
#define CLASS_BRIDGE  0x06

/* "0000:01:00.0" */
static bool is_address(const char *text) {
    static const char shape[] = "hhhh:hh:hh.h";
    for (size_t i = 0; i < sizeof shape; i++) {
        bool digit = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');
        if (shape[i] == 'h' ? !digit : text[i] != shape[i])
            return false;
    }
    return true;
}

static bool is_other(const char *name, void *address) {
    return !equal(name, address);
}

static void check_group(const char *address) {
    char folder[PATH_MAX];
    format(folder, sizeof folder, DEVICES "/%s/iommu_group/devices", address);
    if (any_name(folder, is_other, (void *)address))
        refuse("Take one in another slot.",
               "The device %s is not alone in its IOMMU group: what it does could not be kept from "
               "the others' memory.",
               address);
}

/* Is the block or network device of this link the PCI device's, or one below it? */
static bool is_below(const char *link, const char *address) {
    size_t length = strlen(address);
    for (const char *at = link; *at; at++)
        if (*at == '/' && starts_with(at + 1, address) && at[1 + length] == '/')
            return true;
    return false;
}

static bool is_of_device(const char *link_path, const char *address) {
    char link[LINK_MAX];
    return read_link(link_path, link) && is_below(link, address);
}

/* A network card that is not the device's. */
static bool is_other_card(const char *name, void *address) {
    char path[PATH_MAX], link[LINK_MAX];
    format(path, sizeof path, "/sys/class/net/%s/device", name);
    if (!read_link(path, link)) /* it is no card */
        return false;
    format(path, sizeof path, "/sys/class/net/%s", name);
    return !is_of_device(path, address);
}

/* The line's first word is an interface; the second is 0 for the default route. */
static bool has_default_route(const char *address) {
    static char routes[65536];
    char path[PATH_MAX];
    if (file_read("/proc/net/route", routes, sizeof routes) <= 0)
        return false;
    for (char *line = routes, *end; *line; line = end + (*end == '\n')) {
        char *tab = line;
        for (end = line; *end && *end != '\n'; end++)
            ;
        while (tab < end && *tab != '\t')
            tab++;
        if (tab == end || !starts_with(tab + 1, "00000000\t"))
            continue;
        *tab = '\0';
        format(path, sizeof path, "/sys/class/net/%s", line);
        if (is_of_device(path, address))
            return true;
    }
    return false;
}

static void check_network(const char *address) {
    if (read_number(address, "class") >> 16 != CLASS_NETWORK)
        return;
    if (!any_name("/sys/class/net", is_other_card, (void *)address))
        refuse("Take another.", "The device %s is the only network card that Linux has.", address);
    if (has_default_route(address))
        refuse("Take another.", "The device %s is the network card of Linux's default route.",
               address);
}

struct disk {
    const char *address;
    unsigned depth; /* disks may be made of disks */
};

#define DEPTH_MAX 8

static bool is_disk_of(const char *path, struct disk disk);

/* Of the disks that one is made of. */
static bool is_slave_of(const char *name, void *context) {
    char path[PATH_MAX];
    struct disk disk = *(struct disk *)context;
    format(path, sizeof path, "/sys/class/block/%s", name);
    return disk.depth++ < DEPTH_MAX && is_disk_of(path, disk);
}

static bool is_disk_of(const char *path, struct disk disk) {
    char slaves[PATH_MAX];
    if (is_of_device(path, disk.address))
        return true;
    format(slaves, sizeof slaves, "%s/slaves", path);
    return any_name(slaves, is_slave_of, &disk);
}

/* proc_pid_mountinfo(5): the third word of a line is the device, MAJOR:MINOR; the fifth the place.
 */
static void check_mounts(const char *address) {
    static char mounts[1 << 18];
    file_read("/proc/self/mountinfo", mounts, sizeof mounts);
    for (char *line = mounts, *end; *line; line = end + (*end == '\n')) {
        char *word[6] = {line}, path[PATH_MAX];
        size_t words = 1;
        for (end = line; *end && *end != '\n'; end++)
            if (*end == ' ' && words < ARRAY_SIZE(word)) {
                *end = '\0';
                word[words++] = end + 1;
            }
        if (words < ARRAY_SIZE(word))
            continue;
        format(path, sizeof path, "/sys/dev/block/%s", word[2]);
        if (is_disk_of(path, (struct disk){address, 0}))
            refuse("Unmount it, or take another.",
                   "The device %s has the disk that is mounted at %s.", address, word[4]);
    }
}

/* The line's first word is a file, of a disk mostly. */
static void check_swaps(const char *address) {
    char swaps[4096], path[PATH_MAX];
    if (file_read("/proc/swaps", swaps, sizeof swaps) <= 0)
        return;
    for (char *line = swaps, *end; *line; line = end + (*end == '\n')) {
        char *space = line;
        for (end = line; *end && *end != '\n'; end++)
            ;
        while (space < end && *space != ' ' && *space != '\t')
            space++;
        *space = space == end ? *space : '\0';
        format(path, sizeof path, "/sys/class/block/%s", last_name(line));
        if (starts_with(line, "/dev/") && is_disk_of(path, (struct disk){address, 0}))
            refuse("Take another.", "The device %s has a disk that Linux swaps to.", address);
    }
}

void pci_check(const char *address) {
    char path[PATH_MAX];
    struct stat status;
    format(path, sizeof path, DEVICES "/%s", address);
    if (!is_address(address) || is_error(sys(__NR_stat, path, &status)))
        refuse("See lspci -D for those that it has.", "This machine has no PCI device %s.",
               address);
    if (read_number(address, "class") >> 16 == CLASS_BRIDGE)
        refuse("Take a device behind it.", "The device %s is a bridge.", address);
    check_group(address);
    check_network(address);
    check_mounts(address);
    check_swaps(address);
}

/* --- taking it --- */

#define NOBODY "diver" /* a driver that there is not */

static void find_driver(const char *address, char driver[LINK_MAX]) {
    char path[PATH_MAX], link[LINK_MAX];
    format(path, sizeof path, DEVICES "/%s/driver", address);
    format(driver, LINK_MAX, "%s", read_link(path, link) ? last_name(link) : "-");
}

void pci_take(const char *address, int ledger) {
    char driver[LINK_MAX];
    find_driver(address, driver);
    ledger_write(ledger, "device %s %s", address, driver);
    int64_t result = write_file(address, "driver_override", NOBODY);
    if (!is_error(result) && !equal(driver, "-"))
        result = write_file(address, "driver/unbind", address);
    if (is_error(result))
        fail("Linux's driver %s does not let the device %s go: error %d.", driver, address,
             (int)-result);
    write_file(address, "enable", "1"); /* its registers answer; most do in any case */
}

/* --- describing it --- */

#define RESOURCE_PORTS    0x100 /* include/linux/ioport.h */
#define RESOURCE_MEMORY   0x200
#define RESOURCE_PREFETCH 0x2000

/* The file `resource`: a line of first, last, flags for each BAR. */
static void read_bars(const char *address, struct diver_device *device) {
    char path[PATH_MAX], text[1024];
    const char *at = text;
    format(path, sizeof path, DEVICES "/%s/resource", address);
    if (file_read(path, text, sizeof text) <= 0)
        return;
    for (int i = 0; i < DIVER_BARS; i++) {
        uint64_t first, last, flags;
        if (!parse_number(&at, " ", &first) || *at++ == '\0' || !parse_number(&at, " ", &last) ||
            *at++ == '\0' || !parse_number(&at, "\n", &flags))
            return;
        at += *at == '\n';
        if (!(flags & (RESOURCE_PORTS | RESOURCE_MEMORY)) || last <= first)
            continue;
        device->bars[i].start = first;
        device->bars[i].bytes = last - first + 1;
        device->bars[i].kind = flags & RESOURCE_MEMORY ? DIVER_BAR_MEMORY : DIVER_BAR_PORTS;
        device->bars[i].prefetchable = !!(flags & RESOURCE_PREFETCH);
    }
}

/* PCI Firmware 3.3, 4.1.2: the table MCFG says where the configuration space of buses is. */
struct mcfg_entry {
    uint64_t base; /* of bus 0, whether it is among them or not */
    uint16_t segment;
    uint8_t first_bus, last_bus;
    uint32_t reserved;
};

#define MCFG_ENTRIES 44

static uint64_t config_of(uint32_t address) {
    static char table[4096];
    struct mcfg_entry entry;
    uint32_t segment = address >> 16, bus = address >> 8 & 0xff;
    int64_t size = file_read("/sys/firmware/acpi/tables/MCFG", table, sizeof table);
    for (int64_t at = MCFG_ENTRIES; at + (int64_t)sizeof entry <= size; at += sizeof entry) {
        memcpy(&entry, table + at, sizeof entry);
        if (entry.segment == segment && bus >= entry.first_bus && bus <= entry.last_bus)
            return entry.base + ((uint64_t)(address & 0xffff) << 12);
    }
    return 0;
}

static uint32_t hex(const char *text) {
    uint32_t value = 0;
    for (; (*text >= '0' && *text <= '9') || (*text >= 'a' && *text <= 'f'); text++)
        value = value << 4 | (uint32_t)(*text <= '9' ? *text - '0' : *text - 'a' + 10);
    return value;
}

struct diver_device pci_describe(const char *address) {
    struct diver_device device = {
        .address =
            hex(address) << 16 | hex(address + 5) << 8 | hex(address + 8) << 3 | hex(address + 11),
        .class = (uint32_t)read_number(address, "class"),
        .vendor = (uint16_t)read_number(address, "vendor"),
        .device = (uint16_t)read_number(address, "device"),
    };
    device.config = config_of(device.address);
    read_bars(address, &device);
    return device;
}

/* --- giving it back --- */

#define COMMAND        4 /* PCI 3.0, 6.2.2 */
#define COMMAND_MASTER 4

/* It reads and writes no memory any more. */
static void stop_device(const char *address) {
    char path[PATH_MAX];
    uint16_t command;
    format(path, sizeof path, DEVICES "/%s/config", address);
    int64_t config = sys(__NR_open, path, O_RDWR | O_CLOEXEC);
    if (is_error(config))
        return;
    if (sys(__NR_pread64, config, &command, sizeof command, COMMAND) == sizeof command) {
        command &= (uint16_t)~COMMAND_MASTER;
        sys(__NR_pwrite64, config, &command, sizeof command, COMMAND);
    }
    sys(__NR_close, config);
    write_file(address, "reset", "1"); /* where it can be reset */
}

bool pci_give_back(const struct taken_device *device, int ledger) {
    char path[PATH_MAX], driver[LINK_MAX], message[160];
    find_driver(device->address, driver);
    if (equal(driver, "-")) {
        stop_device(device->address);
        write_file(device->address, "enable", "0");
    }
    write_file(device->address, "driver_override", "\n");
    format(path, sizeof path, DRIVERS "/%s/bind", device->driver);
    int64_t result = 0;
    if (device->driver[0] && !equal(device->driver, "-") && equal(driver, "-"))
        result = file_write(path, device->address);
    if (is_error(result)) {
        format(message, sizeof message,
               "Linux's driver %s does not take the device %s back: error %d.", device->driver,
               device->address, (int)-result);
        report_error("failed", message);
    }
    ledger_note(ledger, "device-back %s", device->address);
    return !is_error(result);
}
