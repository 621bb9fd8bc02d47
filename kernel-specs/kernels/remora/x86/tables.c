/* GDT, TSS and IDT. */
#include "remora/lib.h"
#include "remora/x86.h"

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

static struct gate idt[256]; /* every core's */

static void fill_tss(struct cpu *cpu, uint64_t fault_stack) {
    struct tss *tss = &cpu->tss;
    uint64_t base = (uint64_t)tss;
    tss->ist[0] = fault_stack;
    tss->io_map = sizeof *tss; /* none: ring 3 may touch no port */
    cpu->gdt[KERNEL_CS / 8] = CODE_64;
    cpu->gdt[KERNEL_SS / 8] = DATA;
    cpu->gdt[USER_SS / 8] = DATA | RING_3;
    cpu->gdt[USER_CS / 8] = CODE_64 | RING_3;
    cpu->gdt[TSS_SELECTOR / 8] =
        (sizeof *tss - 1) | (base & 0xffffff) << 16 | 0x89ull << 40 | (base >> 24 & 0xff) << 56;
    cpu->gdt[TSS_SELECTOR / 8 + 1] = base >> 32;
}

void cpu_set_stack(struct cpu *cpu, uint64_t top) {
    cpu->kernel_stack = top;
    cpu->tss.rsp[0] = top;
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

void tables_init(struct cpu *cpu, uint64_t stack, uint64_t fault_stack) {
    fill_tss(cpu, fault_stack);
    if (idt[0].selector == 0)
        fill_idt();
    cpu_set_stack(cpu, stack);
    cpu->self = cpu;
    struct table_pointer gdt_pointer = {sizeof cpu->gdt - 1, (uint64_t)cpu->gdt};
    struct table_pointer idt_pointer = {sizeof idt - 1, (uint64_t)idt};
    __asm__ volatile("lgdt %0" ::"m"(gdt_pointer));
    __asm__ volatile("lidt %0" ::"m"(idt_pointer));
    __asm__ volatile("ltr %w0" ::"r"(TSS_SELECTOR));
    write_msr(MSR_GS_BASE, (uint64_t)cpu);
    write_msr(MSR_KERNEL_GS_BASE, 0);
}
