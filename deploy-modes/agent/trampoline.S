/*
 * What a core executes after INIT and SIPI: real mode, CS:IP = page:0, to 64-bit mode on the page
 * tables behind this page. The agent copies it to a page below 1 MiB and fills in the blanks; all
 * addresses are relative to that page.
 */
#define CR4_PAE 0x20
#define MSR_EFER 0xc0000080
#define EFER_LME_NXE 0x900
#define CR0_PE_MP_ET_NE_WP_PG 0x80010033

    .section .rodata
    .balign 16
    .globl trampoline_start, trampoline_end, trampoline_blanks
trampoline_start:
    .code16
    cli
    cld
    mov %cs, %ax
    mov %ax, %ds
    lgdtl gdt_pointer - trampoline_start
    mov $CR4_PAE, %eax
    mov %eax, %cr4
    mov tables - trampoline_start, %eax
    mov %eax, %cr3
    mov $MSR_EFER, %ecx
    xor %edx, %edx
    mov $EFER_LME_NXE, %eax
    wrmsr
    mov $CR0_PE_MP_ET_NE_WP_PG, %eax
    mov %eax, %cr0
    ljmpl *(target - trampoline_start)

    .code64
long_mode:
    mov $0x18, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    movl $1, alive(%rip)
    mov argument(%rip), %rdi
    mov entry(%rip), %rax
    jmp *%rax

    .balign 8
gdt:
    .quad 0, 0
    .quad 0x00af9b000000ffff    /* 0x10: 64-bit code */
    .quad 0x00cf93000000ffff    /* 0x18: data */

    .balign 8
trampoline_blanks:              /* struct blanks in low.c */
argument:
    .quad 0
entry:
    .quad 0
tables:
    .long 0
target:
    .long long_mode - trampoline_start  /* the page's address is added */
    .word 0x10
gdt_pointer:
    .word trampoline_blanks - gdt - 1
    .long gdt - trampoline_start        /* likewise */
alive:
    .long 0
trampoline_end:

    .section .note.GNU-stack, "", @progbits
