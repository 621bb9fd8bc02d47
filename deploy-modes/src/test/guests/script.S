/*
 * A kernel that does what its command line says, character by character:
 *   [text]  prints on COM1             (text)  prints on COM2
 *   {text}  prints on port 0xe9        <text>  writes on the screen, in VGA text mode
 *   n       ends the line on COM1      w       waits for some 10^8 cycles
 *   Dxx     debug exit at 0x501 with the value xx (two hexadecimal digits)
 *   Fxx     the same at 0xf4
 *   O       powers a pc off            R       resets by a triple fault
 *   K       resets by the keyboard controller
 *   H       halts for good             S       spins for ever
 *   L       starts again
 */
#include "pvh.inc"
        mov 24(%ebx), %ebp              # hvm_start_info.cmdline_paddr
        mov $0xb8000, %edi
again:  mov %ebp, %esi
next:   lodsb
        cmp $'[', %al
        je com1
        cmp $'(', %al
        je com2
        cmp $'{', %al
        je debug
        cmp $'<', %al
        je screen
        cmp $'n', %al
        je line
        cmp $'w', %al
        je wait
        mov $0x501, %edx
        cmp $'D', %al
        je leave
        mov $0xf4, %edx
        cmp $'F', %al
        je leave
        cmp $'O', %al
        je off
        cmp $'R', %al
        je fault
        cmp $'K', %al
        je reset
        cmp $'S', %al
        je spin
        cmp $'L', %al
        je again
        .globl halted
        .type halted, @function
halted: cli
        hlt
        jmp halted
        .size halted, . - halted

spin:   jmp spin

com1:   mov $0x3f8, %edx
        jmp serial
com2:   mov $0x2f8, %edx
serial: lodsb
        cmp $']', %al
        je next
        cmp $')', %al
        je next
        call put
        jmp serial

line:   mov $0x3f8, %edx
        mov $'\r', %al
        call put
        mov $'\n', %al
        call put
        jmp next

put:    mov %al, %cl                    # the character in %al to the serial line at %dx
        add $5, %edx
1:      in (%dx), %al
        test $0x20, %al                 # transmitter empty?
        jz 1b
        sub $5, %edx
        mov %cl, %al
        out %al, (%dx)
        ret

debug:  lodsb
        cmp $'}', %al
        je next
        out %al, $0xe9
        jmp debug

screen: lodsb
        cmp $'>', %al
        je next
        mov $7, %ah
        stosw
        jmp screen

wait:   mov $100000000, %ecx
2:      loop 2b
        jmp next

leave:  call digit
        mov %eax, %ebx
        shl $4, %ebx
        call digit
        or %ebx, %eax
        out %eax, (%dx)
        jmp halted

digit:  xor %eax, %eax
        lodsb
        sub $'0', %al
        cmp $9, %al
        jbe 3f
        sub $'a' - '0' - 10, %al
3:      ret

off:    mov $0x604, %edx                # PM1a control of QEMU's PIIX4, as SeaBIOS places it
        mov $0x2000, %eax
        out %ax, (%dx)
        jmp halted

fault:  lidt nowhere
        ud2

reset:  mov $0xfe, %al
        out %al, $0x64
        jmp halted
