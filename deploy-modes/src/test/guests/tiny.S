/*
 * A kernel of a few instructions. The last character of its command line says what it does:
 *   e  prints "status=7" on COM1 and resets
 *   s  prints on COM1 without end
 *   h  halts for ever, silently
 *   r  resets at once, silently
 *   b  prints "no app here" on COM2 and resets
 */
#include "pvh.inc"
        mov 24(%ebx), %esi              # hvm_start_info.cmdline_paddr
1:      lodsb
        test %al, %al
        jnz 1b
        mov -2(%esi), %al
        mov $0x3f8, %edi
        mov $status, %esi
        cmp $'e', %al
        je finish
        cmp $'s', %al
        je spam
        cmp $'r', %al
        je reset
        mov $0x2f8, %edi
        mov $sorry, %esi
        cmp $'b', %al
        je finish
2:      hlt
        jmp 2b

spam:   mov $line, %esi
        call print
        jmp spam

finish: call print
reset:  lidt nowhere                    # a fault with no handler: the machine resets
        ud2

print:  lodsb                           # the text at %esi to the serial line at %edi
        test %al, %al
        jz 4f
        mov %al, %cl
        lea 5(%edi), %edx
3:      in (%dx), %al
        test $0x20, %al                 # transmitter empty?
        jz 3b
        mov %edi, %edx
        mov %cl, %al
        out %al, (%dx)
        jmp print
4:      ret

status: .asciz "status=7\r\n"
line:   .asciz "all work and no play makes a dull guest\r\n"
sorry:  .asciz "no app here\r\n"
