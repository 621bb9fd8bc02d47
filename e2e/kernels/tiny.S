/*
 * Tiny kernels: one source, assembled once per row of kernels.tsv. A variant is chosen by
 *   one boot protocol   MULTIBOOT1 [ADDRESS], MULTIBOOT2, PVH=4|8 (bytes of the entry's address), XEN_ONLY,
 *                       SOLO5, LINUX, DISK, EFI
 *   its text            TEXT, printed first
 *   one console         SERIAL, DEBUGCON or VGA
 *   what it does then   ARGUMENTS (prints command line and modules), READ (echoes a line), NEED_VIRTIO_MMIO, NEED_RDRAND
 *   one end             POWER_OFF, DEBUG_EXIT (PORT, VALUE), TRIPLE_FAULT, RESET, HANG, ENDLESS
 * Multiboot and PVH enter in 32 bits, DISK and LINUX in 16, EFI in 64: what is common is written so that
 * it assembles in all three.
 */
#if defined(DISK) || defined(LINUX)
#define BITS 16
#elif defined(EFI)
#define BITS 64
#else
#define BITS 32
#endif

#if BITS == 64
#define LOAD(text) lea text(%rip), %rsi
#else
#define LOAD(text) mov $text, %esi
#endif

/* ------------------------------------------------------------------------- headers */

        .text
header_start:

#ifdef MULTIBOOT1 /* Multiboot Specification 0.6.96, section 3.1 */
#ifdef ADDRESS
#define MULTIBOOT_FLAGS 0x10000
#else
#define MULTIBOOT_FLAGS 0
#endif
        .align 4
multiboot1:
        .long 0x1badb002, MULTIBOOT_FLAGS, -(0x1badb002 + MULTIBOOT_FLAGS)
#ifdef ADDRESS
        .long multiboot1, header_start, image_end, image_end, start
#endif
#endif

#ifdef MULTIBOOT2 /* Multiboot2 Specification 2.0, section 3.1 */
        .align 8
multiboot2:
        .long 0xe85250d6, 0, 16 + 8, -(0xe85250d6 + 16 + 8)
        .word 0, 0
        .long 8
#endif

#ifdef LINUX /* Documentation/x86/boot.rst: a boot sector and one sector of setup, in real mode */
        .org 0x1f1
        .byte 1                 /* setup_sects */
        .word 0                 /* root_flags */
        .long 1                 /* syssize: 16 bytes, never entered */
        .word 0, 0xffff, 0      /* ram_size, vid_mode, root_dev */
        .word 0xaa55            /* boot_flag */
        .byte 0xeb, start - 1f  /* jump */
1:      .ascii "HdrS"
        .word 0x0206            /* version */
        .long 0                 /* realmode_swtch */
        .word 0, kernel_version - 0x200
        .byte 0, 1              /* type_of_loader, loadflags: LOADED_HIGH */
        .word 0                 /* setup_move_size */
        .long 0x100000          /* code32_start */
        .long 0, 0, 0           /* ramdisk_image, ramdisk_size, bootsect_kludge */
        .word 0, 0              /* heap_end_ptr, ext_loader */
cmd_line_ptr:
        .long 0
        .long 0x7fffffff, 0x1000 /* initrd_addr_max, kernel_alignment */
        .byte 0, 0              /* relocatable_kernel, min_alignment */
        .word 0                 /* xloadflags */
        .long 255               /* cmdline_size */
#endif

#ifdef PVH /* Xen public/elfnote.h: XEN_ELFNOTE_PHYS32_ENTRY; PVH=0 is a note without its address */
        .section .note, "a", @note
        .balign 4
        .long 4, PVH, 0x12
        .asciz "Xen"
#if PVH == 8
        .quad start
#elif PVH == 4
        .long start
#endif
#endif

#ifdef XEN_ONLY /* XEN_ELFNOTE_GUEST_OS and XEN_ELFNOTE_XEN_VERSION, no way in but Xen's own */
        .section .note, "a", @note
        .balign 4
        .long 4, 5, 6
        .asciz "Xen"
        .asciz "tiny"
        .align 4
        .long 4, 8, 5
        .asciz "Xen"
        .asciz "xen-3.0"
#endif

#ifdef SOLO5 /* Solo5 elf_abi.h: ABI1 note of the hvt target */
        .section .note, "a", @note
        .balign 4
        .long 6, 16, 0x31494241
        .asciz "Solo5"
        .align 4
        .long 1, 2, 0, 0
#endif

/* ----------------------------------------------------------------------- entry */

        .text
#if BITS == 16
        .code16
#elif BITS == 32
        .code32
#else
        .code64
#endif
        .globl start
start:
#ifdef DISK
        xor %ax, %ax
        mov %ax, %ds
        mov %ax, %ss
        mov $0x7c00, %sp
#elif BITS == 32
        mov $stack_top, %esp
        mov %ebx, %ebp          /* the loader's information */
#elif BITS == 64
        mov %rcx, %r12          /* the image's handle */
        mov 96(%rdx), %r13      /* EFI_SYSTEM_TABLE.BootServices */
        mov 88(%rdx), %rbx      /* EFI_SYSTEM_TABLE.RuntimeServices */
#endif
        cld
        cli
#ifdef NEED_VIRTIO_MMIO
        /* As a kernel that knows no other machine than microvm: elsewhere it resets without a word. */
        cmpl $0x74726976, 0xfeb00000
        jne triple_fault
#endif
#ifdef NEED_RDRAND
        rdrand %eax
#endif
#ifdef VGA
        mov $0xb8000, %edi
        mov %edi, cursor
        mov $80 * 25, %ecx
        mov $0x0720, %ax
        rep stosw
#endif
#ifdef TEXT
        LOAD(text)
        call print
#endif
#ifdef ARGUMENTS
        call arguments
#endif
#ifdef READ
        call read
#endif

/* ------------------------------------------------------------------------- ends */

#ifdef ENDLESS
        jmp start
#endif

#ifdef DEBUG_EXIT
        mov $VALUE, %eax
        mov $PORT, %dx
        out %eax, %dx
#endif

#ifdef RESET
        mov $0xcf9, %dx
        mov $6, %al
        out %al, %dx
#endif

#ifdef POWER_OFF
#ifdef EFI
        mov %rbx, %rax
        and $-16, %rsp
        sub $32, %rsp
        mov $2, %ecx            /* EfiResetShutdown, EFI_SUCCESS, no data */
        xor %edx, %edx
        xor %r8d, %r8d
        xor %r9d, %r9d
        call *104(%rax)         /* ResetSystem */
#endif
        mov $0x604, %dx         /* PM1a control as SeaBIOS places it: sleep type 0, enable */
        mov $0x2000, %ax
        out %ax, %dx
#endif

#ifdef TRIPLE_FAULT
        jmp triple_fault
#endif

halt:   cli
        hlt
        jmp halt

triple_fault:
#if BITS == 32
        lidt no_interrupts
        ud2
no_interrupts:
        .word 0
        .long 0
#endif

/* ----------------------------------------------------------------------- output */

print:                          /* the text at si until its 0 */
        lodsb
        test %al, %al
        jz 1f
        call put
        jmp print
1:      ret

#ifdef SERIAL
put:    mov %al, %ah
        mov $0x3fd, %dx
1:      in %dx, %al
        test $0x20, %al
        jz 1b
        mov $0x3f8, %dx
        mov %ah, %al
        out %al, %dx
        ret
#endif

#ifdef DEBUGCON
put:    out %al, $0xe9
        ret
#endif

#ifdef VGA
put:    mov cursor, %edi
        cmp $'\n', %al
        je 1f
        mov $0x07, %ah
        stosw
        mov %edi, cursor
        ret
1:      lea -0xb8000(%edi), %eax /* to the start of the next line of 160 bytes */
        xor %edx, %edx
        mov $160, %ecx
        div %ecx
        sub %edx, %edi
        add $160, %edi
        mov %edi, cursor
        ret
cursor: .long 0
#endif

#ifdef READ
read:   mov $0x3fd, %dx
1:      in %dx, %al
        test $1, %al
        jz 1b
        mov $0x3f8, %dx
        in %dx, %al
        push %eax
        call put
        pop %eax
        cmp $'\r', %al
        je 2f
        cmp $'\n', %al
        jne read
2:      ret
#endif

/* -------------------------------------------------- command line and modules */

#ifdef ARGUMENTS
arguments:
        LOAD(command_line)
        call print
#ifdef LINUX
        push %ds
        mov cmd_line_ptr, %eax
        mov %eax, %esi
        and $15, %esi
        shr $4, %eax
        mov %ax, %ds
        call print
        pop %ds
        LOAD(newline)
        jmp print
#endif

#ifdef EFI /* UEFI 2.10, 9.1: LoadOptions of the loaded image, UCS-2 */
        mov %rsp, %rbp
        and $-16, %rsp
        sub $48, %rsp
        mov %r12, %rcx
        lea loaded_image(%rip), %rdx
        lea 40(%rsp), %r8
        call *152(%r13)         /* HandleProtocol */
        mov 40(%rsp), %rax
        mov %rbp, %rsp
        mov 48(%rax), %ecx      /* LoadOptionsSize, in bytes */
        mov 56(%rax), %rsi
        shr $1, %ecx
1:      sub $1, %ecx
        js 2f
        lodsw
        test %al, %al
        jz 2f
        call put
        jmp 1b
2:      LOAD(newline)
        jmp print
loaded_image:
        .long 0x5b1b31a1
        .word 0x9562, 0x11d2
        .byte 0x8e, 0x3f, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b
#endif

#ifdef MULTIBOOT1 /* section 3.3: cmdline, mods_count, mods_addr; a module: start, end, string */
        mov 16(%ebp), %esi
        call print
        mov 20(%ebp), %ebx
        mov 24(%ebp), %edi
1:      sub $1, %ebx
        js 2f
        push 4(%edi)
        push 0(%edi)
        push 8(%edi)
        call module
        add $16, %edi
        jmp 1b
2:      LOAD(newline)
        jmp print
#endif

#ifdef MULTIBOOT2 /* section 3.6: tags of type, size, content; 1 the command line, 3 a module */
        lea 8(%ebp), %ebx
1:      cmpl $0, (%ebx)
        je 3f
        cmpl $1, (%ebx)
        jne 2f
        lea 8(%ebx), %esi
        call print
2:      cmpl $3, (%ebx)
        jne 2f
        push 12(%ebx)
        push 8(%ebx)
        lea 16(%ebx), %eax
        push %eax
        call module
2:      mov 4(%ebx), %eax
        lea 7(%ebx, %eax), %ebx
        and $-8, %ebx
        jmp 1b
3:      LOAD(newline)
        jmp print
#endif

#ifdef PVH /* Xen public/arch-x86/hvm/start_info.h; a module: address, size, command line */
        mov 24(%ebp), %esi
        call print
        mov 12(%ebp), %ebx
        mov 16(%ebp), %edi
1:      sub $1, %ebx
        js 2f
        mov 0(%edi), %eax
        mov 8(%edi), %edx
        add %eax, %edx
        push %edx
        push %eax
        push 16(%edi)
        call module
        add $32, %edi
        jmp 1b
2:      LOAD(newline)
        jmp print
#endif

#if BITS == 32
module:                         /* (text, start, end), which it removes from the stack */
        LOAD(module_text)
        call print
        mov 4(%esp), %esi
        test %esi, %esi
        jz 1f
        call print
1:      LOAD(module_holds)
        call print
        mov 8(%esp), %esi
2:      cmp 12(%esp), %esi
        jae 3f
        lodsb
        call put
        jmp 2b
3:      ret $12
module_text:
        .asciz "\nmodule: "
module_holds:
        .asciz " = "
#endif
command_line:
        .asciz "command line: "
newline:
        .asciz "\n"
#endif

/* ------------------------------------------------------------------------- data */

#ifdef TEXT
text:   .asciz TEXT
#endif

#ifdef LINUX
kernel_version:
        .asciz "tiny 1.0"
        .org 0x600              /* boot sector, setup, and a kernel proper that is never entered */
#endif

#ifdef DISK
        .org 510
        .word 0xaa55
#endif

#if BITS == 32
        .align 16
        .skip 512
stack_top:
#endif
image_end:

#ifdef EFI /* a block without entries: nothing to relocate, so it may be loaded anywhere */
        .section .reloc, "a"
        .long 0, 12
        .word 0, 0
#endif
