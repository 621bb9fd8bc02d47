/*
 * Co-kernel entry (diver/enclave.h): 64-bit mode on the agent's page tables, interrupts off, RDI =
 * physical address of struct diver_enclave. Takes a stack of its own and goes on in C.
 */
#include <diver/enclave_note.h>

#define CR0_PE_MP_ET_NE_WP_PG 0x80010033
#define MSR_EFER 0xc0000080
#define EFER_SCE_LME_NXE 0x901

    .section .note.diver, "a", @note
    .balign 4
    .long 2f - 1f, 4f - 3f, DIVER_NOTE
1:  .asciz DIVER_NOTE_NAME
2:  .balign 4
3:  .long DIVER_CHANNEL_VERSION, DIVER_ENCLAVE_VERSION
    .quad cokernel_entry
4:  .balign 4

    .text
    .globl cokernel_entry
cokernel_entry:
    mov $MSR_EFER, %ecx
    xor %edx, %edx
    mov $EFER_SCE_LME_NXE, %eax
    wrmsr
    mov $CR0_PE_MP_ET_NE_WP_PG, %eax
    mov %rax, %cr0
    mov $boot_stack_top, %rsp
    xor %ebp, %ebp
    xor %eax, %eax
    mov %eax, %fs
    mov %eax, %gs
    call cokernel_main
    ud2

    .section .note.GNU-stack, "", @progbits
