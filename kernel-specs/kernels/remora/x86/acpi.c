/* Which cores the machine has, as its firmware's ACPI tables say. */
#include "acpi.h"
#include "remora/lib.h"
#include "remora/memory.h"

/* --- ACPI 6.4, 5.2: RSDP, XSDT or RSDT, MADT --- */

struct __attribute__((packed)) table_header {
    char signature[4];
    uint32_t length;
    uint8_t others[28];
};

struct __attribute__((packed)) rsdp {
    char signature[8];
    uint8_t checksum, oem[6], revision;
    uint32_t rsdt, length;
    uint64_t xsdt;
};

#define MADT_FIRST 44 /* where its entries begin */

struct __attribute__((packed)) madt_entry {
    uint8_t type, length;
    union {
        struct __attribute__((packed)) {
            uint8_t processor, apic_id;
            uint32_t flags;
        } apic; /* type 0 */
        struct __attribute__((packed)) {
            uint16_t reserved;
            uint32_t apic_id, flags;
        } x2apic; /* type 9 */
    };
};

#define MADT_APIC    0
#define MADT_X2APIC  9
#define MADT_ENABLED 1u

/* The table at this address; NULL unless all of it can be read. */
static const struct table_header *table_at(uint64_t physical) {
    if (!direct_has(physical, sizeof(struct table_header)))
        return NULL;
    const struct table_header *table = physical_to_kernel(physical);
    return table->length >= sizeof *table && direct_has(physical, table->length) ? table : NULL;
}

static const struct table_header *find_madt(uint64_t rsdp_address) {
    if (rsdp_address == 0 || !direct_has(rsdp_address, sizeof(struct rsdp)))
        return NULL;
    const struct rsdp *rsdp = physical_to_kernel(rsdp_address);
    bool extended = rsdp->revision >= 2 && rsdp->xsdt != 0;
    const struct table_header *root = table_at(extended ? rsdp->xsdt : rsdp->rsdt);
    size_t size = extended ? 8 : 4;
    for (size_t at = sizeof *root; root && at + size <= root->length; at += size) {
        uint64_t physical = 0;
        memcpy(&physical, (const uint8_t *)root + at, size);
        const struct table_header *table = table_at(physical);
        if (table && memcmp(table->signature, "APIC", 4) == 0)
            return table;
    }
    return NULL;
}

void acpi_cores(uint64_t rsdp, void (*found)(uint32_t apic_id)) {
    const struct table_header *madt = find_madt(rsdp);
    if (!madt)
        return;
    for (size_t at = MADT_FIRST; at + 8 <= madt->length;) {
        const struct madt_entry *entry = (const void *)((const uint8_t *)madt + at);
        if (entry->length < 8)
            return;
        bool is_apic = entry->type == MADT_APIC && (entry->apic.flags & MADT_ENABLED);
        bool is_x2apic = entry->type == MADT_X2APIC && entry->length >= 16 &&
                         (entry->x2apic.flags & MADT_ENABLED);
        uint32_t id = is_apic ? entry->apic.apic_id : is_x2apic ? entry->x2apic.apic_id : 0;
        if (is_apic || is_x2apic)
            found(id);
        at += entry->length;
    }
}
