/*
 * Where a core begins that INIT and start-up have sent here: real mode, CS * 16 = this page, which
 * is below 1 MiB. The page is code, data and the root of page tables at once, since the kernel's
 * own root may lie where a 32-bit CR3 cannot point: the entry for the lowest addresses, over the
 * first instruction, is written when that has been executed.
 */
#define CR0_PE_ET 0x11
#define CR0_PE_MP_ET_NE_WP_PG 0x80010033
#define CR4_PAE 0x20
#define MSR_EFER 0xc0000080
#define EFER_SCE_LME_NXE 0x901

#define HERE(symbol) (symbol - trampoline_start)

    .section .rodata
    .balign 8
    .globl trampoline_start
trampoline_start:
    .code16
    jmp 1f
    .balign 8
1:  cli
    cld
    xor %eax, %eax
    mov %cs, %ax
    mov %ax, %ds
    shl $4, %eax
    mov %eax, %ebx              /* where this page is */
    lgdtl HERE(trampoline_gdt_pointer)
    mov $CR0_PE_ET, %eax
    mov %eax, %cr0
    ljmpl *HERE(trampoline_to_32)

    .code32
1:  mov $0x18, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    mov HERE(trampoline_low)(%ebx), %eax
    mov %eax, (%ebx)
    mov HERE(trampoline_low) + 4(%ebx), %eax
    mov %eax, 4(%ebx)
    mov $CR4_PAE, %eax
    mov %eax, %cr4
    mov %ebx, %cr3
    mov $MSR_EFER, %ecx
    xor %edx, %edx
    mov $EFER_SCE_LME_NXE, %eax
    wrmsr
    mov $CR0_PE_MP_ET_NE_WP_PG, %eax
    mov %eax, %cr0
    ljmpl *HERE(trampoline_to_64)(%ebx)

    .code64
2:  mov HERE(trampoline_stack)(%rbx), %rsp
    mov HERE(trampoline_cpu)(%rbx), %rdi
    mov HERE(trampoline_root)(%rbx), %rax
    mov HERE(trampoline_entry)(%rbx), %rcx
    jmp *%rcx

    .balign 8
trampoline_gdt:
    .quad 0, 0
    .quad 0x00af9b000000ffff    /* 0x10: 64-bit code */
    .quad 0x00cf93000000ffff    /* 0x18: data */
    .quad 0x00cf9b000000ffff    /* 0x20: 32-bit code */
trampoline_gdt_end:

/* What cores.c fills in; the first three have this page's address added. */
    .globl trampoline_gdt_pointer, trampoline_to_32, trampoline_to_64
trampoline_gdt_pointer:
    .word trampoline_gdt_end - trampoline_gdt - 1
    .long HERE(trampoline_gdt)
trampoline_to_32:
    .long HERE(1b)
    .word 0x20
trampoline_to_64:
    .long HERE(2b)
    .word 0x10
    .balign 8
    .globl trampoline_low, trampoline_stack, trampoline_cpu, trampoline_root, trampoline_entry
trampoline_low:
    .quad 0
trampoline_stack:
    .quad 0
trampoline_cpu:
    .quad 0
trampoline_root:
    .quad 0
trampoline_entry:
    .quad 0
    .globl trampoline_end
trampoline_end:

/* In the kernel's own mapping, on the core's stack: RAX is the root, RDI the struct cpu. */
    .text
    .globl core_entry
core_entry:
    mov %rax, %cr3
    xor %ebp, %ebp
    xor %eax, %eax
    mov %eax, %fs
    mov %eax, %gs
    call core_main
    ud2

    .section .note.GNU-stack, "", @progbits
