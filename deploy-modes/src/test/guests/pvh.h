/* How a kernel of a few instructions begins: entered by PVH, with a stack, in flat 32-bit mode. */
        .section .note.pvh, "a", @note
        .long 4, 4, 18                  # XEN_ELFNOTE_PHYS32_ENTRY
        .asciz "Xen"
        .long _start

        .bss
        .space 4096
stack:
        .text
nowhere: .word 0                        # a descriptor table in which nothing handles a fault
        .long 0

        .globl _start
_start: mov $stack, %esp
