#include "start.h"

#include <stddef.h>

/* Linux enters here with the words on the stack; a static PIE has itself to relocate. */
__asm__(".globl _start\n"
        "_start:\n"
        "    xor %ebp, %ebp\n"
        "    mov %rsp, %rbx\n"
        "    and $-16, %rsp\n"
        "    lea _DYNAMIC(%rip), %rdi\n"
        "    lea __ehdr_start(%rip), %rsi\n"
        "    call relocate\n"
        "    mov %rbx, %rdi\n"
        "    call enter\n"
        "    ud2\n");

struct dynamic {
    int64_t tag;
    uint64_t value;
};

struct relocation {
    uint64_t offset, info;
    int64_t addend;
};

#define DT_RELA    7
#define DT_RELASZ  8
#define R_RELATIVE 8

/* There are only relative ones (System V psABI, x86-64, 4.4): the linker fails on others. */
__attribute__((visibility("hidden"))) void relocate(const struct dynamic *dynamic, uint64_t base) {
    const struct relocation *at = NULL;
    uint64_t bytes = 0;
    for (; dynamic->tag != 0; dynamic++)
        if (dynamic->tag == DT_RELA)
            at = (const struct relocation *)(base + dynamic->value);
        else if (dynamic->tag == DT_RELASZ)
            bytes = dynamic->value;
    for (uint64_t i = 0; i < bytes / sizeof *at; i++)
        if (at[i].info == R_RELATIVE)
            *(uint64_t *)(base + at[i].offset) = base + (uint64_t)at[i].addend;
}
