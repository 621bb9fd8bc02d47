/* Multiboot 1 and PVH enter alike: 32 bits, flat segments, the loader's information in %ebx. */
#ifdef PVH
        .section .note.boot, "a", @note /* XEN_ELFNOTE_PHYS32_ENTRY */
        .align 4
        .long 4, 4, 18
        .asciz "Xen"
        .long start
#else /* QEMU would prefer it to the note */
        .section .header, "ax"
        .align 4
        .long 0x1badb002, 0, -0x1badb002
#endif

        .text
        .globl start
start:
        mov $stack_top, %esp
        push %ebx
        call kernel
1:      cli
        hlt
        jmp 1b

        .bss
        .align 16
        .skip 16384
stack_top:

        .section .note.GNU-stack, "", @progbits
