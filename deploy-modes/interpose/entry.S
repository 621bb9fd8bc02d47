/* What C cannot say: the stub that makes a program's call, frames of signals, starts of threads. */
#include "offsets.h"
#include <asm/unistd_64.h>

    .text

/* The trap's handler returns to here when the program's own thread is to make the call, so that
 * signals, restarts and cancellation are Linux's own. All registers are as the program had them,
 * but for rcx and r11, which a system call does not preserve. In all of it a signal may arrive:
 * signals.c knows what each part has done. */
    .globl stub, stub_call, stub_done, stub_timed, stub_end
stub:
    mov %rax, %rcx
    mov %rdx, %r11
    rdtsc
    mov %eax, %gs:THREAD_STARTED
    mov %edx, %gs:THREAD_STARTED+4
    mov %rcx, %rax
    mov %r11, %rdx
stub_call:
    syscall
stub_done:
    mov %rax, %gs:THREAD_RESULT
    rdtsc
    mov %eax, %gs:THREAD_ENDED
    mov %edx, %gs:THREAD_ENDED+4
stub_timed:
    mov %gs:THREAD_RESULT, %rax
    mov %gs:THREAD_RDI, %rdi        /* where an argument was replaced for the call */
    mov %gs:THREAD_RSI, %rsi
    mov %gs:THREAD_RDX, %rdx
    mov %gs:THREAD_R10, %r10
    mov %gs:THREAD_R8, %r8
    mov %gs:THREAD_R9, %r9
    mov %gs:THREAD_BACK, %rcx       /* as Linux leaves it */
    jmp *%rcx
stub_end:

/* A call of the 32-bit interface (int 0x80) is made as it is. */
    .globl stub_32bit
stub_32bit:
    int $0x80
    jmp *%gs:THREAD_BACK

/* Where the handler of SIGSYS returns to. */
    .globl restorer
restorer:
    mov $__NR_rt_sigreturn, %eax
    syscall

/* rdi: a struct ucontext, which becomes the state of this thread. */
    .globl resume
resume:
    mov %rdi, %rsp
    mov $__NR_rt_sigreturn, %eax
    syscall

/* All the program's handlers: signal_target(signal, siginfo, ucontext) says where it goes from
 * here: on to the program's own handler, or, with NULL, back to where the signal arrived. */
    .globl deliver
deliver:
    push %rdi
    push %rsi
    push %rdx
    cld
    call signal_target
    pop %rdx
    pop %rsi
    pop %rdi
    test %rax, %rax
    jz 1f
    mov %rax, %r11
    xor %eax, %eax
    jmp *%r11
1:  add $8, %rsp
    jmp restorer

/* spawn(flags, stack, parent_tid, child_tid, tls, thread): clone; the new thread begins in the
 * function that the top of its stack points to, with `thread`. */
    .globl spawn
spawn:
    mov %rcx, %r10
    mov $__NR_clone, %eax
    syscall
    test %rax, %rax
    jz born
    ret

/* spawn3(clone_arguments, size, thread): the same with clone3. */
    .globl spawn3
spawn3:
    mov %rdx, %r9
    mov $__NR_clone3, %eax
    syscall
    test %rax, %rax
    jz born
    ret

born:
    xor %ebp, %ebp
    pop %rax
    mov %r9, %rdi
    call *%rax
    ud2

/* delegate_execute(mailbox): makes the call; its result, NOT_MADE or RESTARTABLE. A signal in
 * between makes delegate_interrupted() decide; rcx is not 0 once Linux has seen the call. */
    .globl delegate_execute, delegate_window, delegate_syscall, delegate_done, delegate_not_made
delegate_execute:
    push %rbx
    mov %rdi, %rbx
    mov MAILBOX_NUMBER(%rbx), %rax
    mov MAILBOX_ARGUMENTS(%rbx), %rdi
    mov MAILBOX_ARGUMENTS+8(%rbx), %rsi
    mov MAILBOX_ARGUMENTS+16(%rbx), %rdx
    mov MAILBOX_ARGUMENTS+24(%rbx), %r10
    mov MAILBOX_ARGUMENTS+32(%rbx), %r8
    mov MAILBOX_ARGUMENTS+40(%rbx), %r9
    xor %ecx, %ecx
delegate_window:
    cmpb $0, MAILBOX_ABORT(%rbx)
    jne delegate_not_made
delegate_syscall:
    syscall
delegate_done:
    pop %rbx
    ret
delegate_not_made:
    mov $-513, %rax
    jmp delegate_done

/* launch(stack, entry): the program begins, with registers as Linux leaves them. */
    .globl launch
launch:
    mov %rdi, %rsp
    mov %rsi, %rcx
    xor %eax, %eax
    xor %ebx, %ebx
    xor %edx, %edx
    xor %esi, %esi
    xor %edi, %edi
    xor %ebp, %ebp
    xor %r8d, %r8d
    xor %r9d, %r9d
    xor %r10d, %r10d
    xor %r11d, %r11d
    xor %r12d, %r12d
    xor %r13d, %r13d
    xor %r14d, %r14d
    xor %r15d, %r15d
    jmp *%rcx

/* call_on(stack, function, argument): does not return. */
    .globl call_on
call_on:
    mov %rdi, %rsp
    mov %rdx, %rdi
    xor %ebp, %ebp
    call *%rsi
    ud2
