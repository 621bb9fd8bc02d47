/*
 * PVH entry: 32-bit protected mode, paging off, EBX = physical address of hvm_start_info
 * (Xen, docs/misc/pvh). Goes to 64-bit mode on static page tables and calls kernel_main.
 */
#include <diver/enclave_note.h>
#include <diver/stream_note.h>

#define KERNEL_BASE 0xffffffff80000000
#define PHYSICAL(symbol) (symbol - KERNEL_BASE)

#define CR0_PE_MP_ET_NE_WP_PG 0x80010033
#define CR4_PAE 0x20
#define MSR_EFER 0xc0000080
#define EFER_SCE_LME_NXE 0x901

    .section .note.pvh, "a", @note
    .balign 4
    .long 4, 8, 18              /* sizes of name and value; XEN_ELFNOTE_PHYS32_ENTRY */
    .asciz "Xen"
    .quad PHYSICAL(pvh_entry)

    .section .note.diver, "a", @note
    .balign 4
    .long 2f - 1f, 4f - 3f, DIVER_STREAM_NOTE
1:  .asciz DIVER_NOTE_NAME
2:  .balign 4
3:  .long DIVER_STREAM_VERSION
4:  .balign 4

    .section .boot.text, "ax"
    .code32
    .globl pvh_entry
pvh_entry:
    cld
    rdtsc
    mov %eax, %esi              /* kept until .bss is cleared */
    mov %edx, %ebp

    mov $PHYSICAL(__bss_start), %edi
    mov $PHYSICAL(__bss_end), %ecx
    sub %edi, %ecx
    shr $2, %ecx
    xor %eax, %eax
    rep stosl
    mov %esi, PHYSICAL(entry_tsc)
    mov %ebp, PHYSICAL(entry_tsc) + 4

    mov $CR4_PAE, %eax
    mov %eax, %cr4
    mov $PHYSICAL(boot_pml4), %eax
    mov %eax, %cr3
    mov $MSR_EFER, %ecx
    xor %edx, %edx
    mov $EFER_SCE_LME_NXE, %eax
    wrmsr
    mov $CR0_PE_MP_ET_NE_WP_PG, %eax
    mov %eax, %cr0
    lgdt PHYSICAL(boot_gdt_pointer)
    ljmp $0x10, $PHYSICAL(long_mode)

    .code64
long_mode:
    mov $0x18, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    xor %eax, %eax
    mov %eax, %fs
    mov %eax, %gs
    mov $boot_stack_top, %rsp
    xor %ebp, %ebp
    mov %ebx, %edi              /* the start_info's address */
    mov $pvh_main, %rax
    call *%rax
    ud2

    .section .rodata
    .balign 8
boot_gdt:
    .quad 0, 0
    .quad 0x00af9b000000ffff    /* 0x10: 64-bit code */
    .quad 0x00cf93000000ffff    /* 0x18: data */
boot_gdt_pointer:
    .word . - boot_gdt - 1
    .long PHYSICAL(boot_gdt)

/*
 * The first GiB three times: where it is (until direct_init drops that), at DIRECT_BASE (not
 * executable), and at KERNEL_BASE; and the 16 MiB of device registers below 0xff000000, uncached.
 * Flags: present, writable, accessed, dirty, page size; for devices also PWT and PCD.
 */
    .section .data.pagetables, "aw"
    .balign 4096
    .globl boot_pml4
boot_pml4:
    .quad PHYSICAL(first_pdpt) + 3
    .fill 255, 8, 0
    .quad PHYSICAL(first_pdpt) + 3 + 0x8000000000000000
    .fill 254, 8, 0
    .quad PHYSICAL(kernel_pdpt) + 3
    .globl first_pdpt
first_pdpt:
    .quad PHYSICAL(first_pd) + 3
    .quad 0, 0
    .quad PHYSICAL(device_pd) + 3
    .fill 508, 8, 0
    .globl kernel_pdpt
kernel_pdpt:
    .fill 510, 8, 0
    .quad PHYSICAL(first_pd) + 3
    .quad 0
    .globl first_pd
first_pd:
    .set address, 0
    .rept 512
    .quad address + 0xe3
    .set address, address + 0x200000
    .endr
    .globl device_pd
device_pd:
    .fill 496, 8, 0
    .set address, 0xfe000000
    .rept 8
    .quad address + 0xfb
    .set address, address + 0x200000
    .endr
    .fill 8, 8, 0

    .bss
    .balign 8
    .globl entry_tsc
entry_tsc:
    .quad 0
    .balign 4096
    .skip 16384
    .globl boot_stack_top
boot_stack_top:

    .section .note.GNU-stack, "", @progbits
