/* Reads hvm_start_info (Xen, public/arch-x86/hvm/start_info.h). */
#include "remora/boot.h"
#include "remora/device.h"
#include "remora/lib.h"
#include "remora/memory.h"

struct hvm_start_info {
    uint32_t magic;
    uint32_t version;
    uint32_t flags;
    uint32_t module_count;
    uint64_t modules;
    uint64_t command_line;
    uint64_t rsdp;
    uint64_t memory_map;
    uint32_t memory_map_entries;
    uint32_t reserved;
};

struct hvm_module {
    uint64_t address;
    uint64_t size;
    uint64_t command_line;
    uint64_t reserved;
};

struct hvm_memory_map_entry {
    uint64_t address;
    uint64_t size;
    uint32_t type;
    uint32_t reserved;
};

#define HVM_MAGIC      0x336ec578
#define HVM_MEMORY_RAM 1

static void read_memory_map(const struct hvm_start_info *info, struct boot_info *boot) {
    const struct hvm_memory_map_entry *entry = physical_to_kernel(info->memory_map);
    for (uint32_t i = 0; i < info->memory_map_entries; i++, entry++) {
        if (entry->type != HVM_MEMORY_RAM || boot->ram_count == REGIONS_MAX)
            continue;
        struct region *ram = &boot->ram[boot->ram_count++];
        ram->start = align_up(entry->address, PAGE_SIZE);
        ram->end = align_down(entry->address + entry->size, PAGE_SIZE);
    }
}

static void read_start_info(uint64_t start_info, struct boot_info *boot) {
    const struct hvm_start_info *info = physical_to_kernel(start_info);
    if (info->magic != HVM_MAGIC)
        panic("no hvm_start_info at 0x%lx", start_info);
    if (info->version < 1 || info->memory_map_entries == 0)
        panic("hvm_start_info has no memory map");
    read_memory_map(info, boot);
    boot->rsdp = info->rsdp;
    if (info->module_count > 0) {
        const struct hvm_module *module = physical_to_kernel(info->modules);
        boot->app = (struct region){module->address, module->address + module->size};
    }
    if (info->command_line != 0) {
        const char *from = physical_to_kernel(info->command_line);
        size_t length = MIN(strlen(from), sizeof boot->command_line - 1);
        memcpy(boot->command_line, from, length);
    }
}

_Noreturn void pvh_main(uint64_t start_info) {
    static struct boot_info boot;
    serial_init(); /* from here on the log can be written */
    read_start_info(start_info, &boot);
    kernel_main(&boot);
}
