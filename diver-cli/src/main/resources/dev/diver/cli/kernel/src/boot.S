/* Where the machine starts this kernel: 32-bit protected mode, paging off, %ebx = start info. */

        .section .note.pvh, "a", @note
        .long 4, 4, 18                  /* XEN_ELFNOTE_PHYS32_ENTRY: name size, value size, type */
        .asciz "Xen"
        .long _start

        .text
        .globl _start
_start: mov $stack_top, %esp
        push 24(%ebx)                   /* hvm_start_info.cmdline_paddr, its low half */
        call kernel_main

        .globl power_off
power_off:                              /* a fault without a handler resets the machine, */
        lidt no_handlers                /* and Diver's machines end when they are reset */
        ud2

no_handlers:
        .word 0
        .long 0

        .bss
        .align 16
        .skip 16384
stack_top:

        .section .note.GNU-stack, "", @progbits
