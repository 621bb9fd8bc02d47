/* A Linux app: says hello and ends with 7. */
        .globl _start
_start: mov $1, %eax            /* write */
        mov $1, %edi
        lea text(%rip), %rsi
        mov $6, %edx
        syscall
        mov $60, %eax           /* exit */
        mov $7, %edi
        syscall
text:   .ascii "hello\n"
