/* GDT, TSS and IDT. */
#include "remora/lib.h"
#include "remora/x86.h"

struct __attribute__((packed)) tss {
    uint32_t reserved0;
    uint64_t rsp[3];
    uint64_t reserved1;
    uint64_t ist[7];
    uint64_t reserved2;
    uint16_t reserved3;
    uint16_t io_map;
};

struct gate {
    uint16_t offset_low, selector;
    uint8_t ist, type;
    uint16_t offset_middle;
    uint32_t offset_high, reserved;
};
_Static_assert(sizeof(struct gate) == 16, "Intel SDM volume 3, 6.14.1");

struct __attribute__((packed)) table_pointer {
    uint16_t limit;
    uint64_t base;
};

#define TSS_SELECTOR 0x40
#define CODE_64      0x00af9b000000ffffull
#define DATA         0x00cf93000000ffffull
#define RING_3       0x0000600000000000ull

#define GATE_INTERRUPT        0x8e
#define GATE_INTERRUPT_RING_3 0xee

#define STUB_SIZE 16
extern const uint8_t trap_stubs[]; /* entry.S: one of STUB_SIZE bytes per vector */
extern uint8_t boot_stack_top[];

static struct tss tss;
static struct gate idt[256];
static uint64_t gdt[10] = {
    [KERNEL_CS / 8] = CODE_64,
    [KERNEL_SS / 8] = DATA,
    [USER_SS / 8] = DATA | RING_3,
    [USER_CS / 8] = CODE_64 | RING_3,
};

/* For traps that may come when the stack is not to be trusted. */
static uint8_t fault_stack[8192] __attribute__((aligned(16)));

static void fill_tss(void) {
    uint64_t base = (uint64_t)&tss;
    tss.rsp[0] = (uint64_t)boot_stack_top;
    tss.ist[0] = (uint64_t)(fault_stack + sizeof fault_stack);
    tss.io_map = sizeof tss; /* none: ring 3 may touch no port */
    gdt[TSS_SELECTOR / 8] =
        (sizeof tss - 1) | (base & 0xffffff) << 16 | 0x89ull << 40 | (base >> 24 & 0xff) << 56;
    gdt[TSS_SELECTOR / 8 + 1] = base >> 32;
}

static void fill_idt(void) {
    for (unsigned vector = 0; vector < 256; vector++) {
        uint64_t stub = (uint64_t)(trap_stubs + vector * STUB_SIZE);
        bool from_ring_3 = vector == VECTOR_BP || vector == VECTOR_OF;
        bool own_stack = vector == VECTOR_NMI || vector == VECTOR_DF || vector == VECTOR_MC;
        idt[vector] = (struct gate){
            .offset_low = (uint16_t)stub,
            .selector = KERNEL_CS,
            .ist = own_stack ? 1 : 0,
            .type = from_ring_3 ? GATE_INTERRUPT_RING_3 : GATE_INTERRUPT,
            .offset_middle = (uint16_t)(stub >> 16),
            .offset_high = (uint32_t)(stub >> 32),
        };
    }
}

void tables_init(struct cpu *cpu) {
    fill_tss();
    fill_idt();
    struct table_pointer gdt_pointer = {sizeof gdt - 1, (uint64_t)gdt};
    struct table_pointer idt_pointer = {sizeof idt - 1, (uint64_t)idt};
    __asm__ volatile("lgdt %0" ::"m"(gdt_pointer));
    __asm__ volatile("lidt %0" ::"m"(idt_pointer));
    __asm__ volatile("ltr %w0" ::"r"(TSS_SELECTOR));
    cpu->kernel_stack = (uint64_t)boot_stack_top;
    write_msr(MSR_GS_BASE, (uint64_t)cpu);
    write_msr(MSR_KERNEL_GS_BASE, 0);
}
