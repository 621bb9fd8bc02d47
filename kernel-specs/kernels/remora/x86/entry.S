/*
 * The ways into the kernel and out of it. Every entry builds a struct frame (x86.h) on the kernel
 * stack. In the kernel GS is this core's struct cpu; in ring 3 it is the app's.
 */
#define CPU_KERNEL_STACK 0
#define CPU_USER_RSP 8
#define CPU_COUNTS 32
#define COUNT_ANSWER 8          /* struct syscall_count, of 1 << 6 bytes */
#define COUNT_SHIFT 6
#define SYSCALL_NUMBERS 512
#define USER_SS 0x2b
#define USER_CS 0x33
#define VECTOR_SYSCALL 0x100
#define RFLAGS_TF_RF 0x10100
#define RFLAGS_AC 0x40000

#define FRAME_R11 48
#define FRAME_RCX 88
#define FRAME_RIP 136
#define FRAME_CS 144
#define FRAME_RFLAGS 152

    .macro push_registers
    push %rdi
    push %rsi
    push %rdx
    push %rcx
    push %rax
    push %r8
    push %r9
    push %r10
    push %r11
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    .endm

    .macro pop_registers
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    pop %r11
    pop %r10
    pop %r9
    pop %r8
    pop %rax
    pop %rcx
    pop %rdx
    pop %rsi
    pop %rdi
    .endm

    .text
    .globl syscall_entry
syscall_entry:
    swapgs
    mov %rsp, %gs:CPU_USER_RSP
    cmp $SYSCALL_NUMBERS, %rax
    jae 3f
    mov %rax, %rsp              /* a register to spare: no interrupt comes here */
    shl $COUNT_SHIFT, %rsp
    add %gs:CPU_COUNTS, %rsp
    cmpq $0, COUNT_ANSWER(%rsp)
    je 3f
    test $RFLAGS_TF_RF, %r11d
    jnz 3f
    incq (%rsp)
    mov COUNT_ANSWER(%rsp), %rax
    dec %rax
    mov %gs:CPU_USER_RSP, %rsp
    swapgs
    sysretq

3:  mov %gs:CPU_KERNEL_STACK, %rsp
    push $USER_SS
    push %gs:CPU_USER_RSP
    push %r11
    push $USER_CS
    push %rcx
    push %rax
    push $VECTOR_SYSCALL
    push_registers
    mov %rsp, %rdi
    call syscall_handle

/*
 * SYSRET returns to RCX with the flags of R11, so it serves only a frame that agrees: one that a
 * signal or rt_sigreturn has changed, or that single-steps, goes by IRET. A RIP outside user space
 * would fault in ring 0 with the app's stack (the SYSRET hole), and goes by IRET, too.
 */
return_to_user:
    mov FRAME_RIP(%rsp), %rcx
    cmp %rcx, FRAME_RCX(%rsp)
    jne 1f
    mov %rcx, %rdx
    shr $47, %rdx
    jnz 1f
    mov FRAME_RFLAGS(%rsp), %r11
    cmp %r11, FRAME_R11(%rsp)
    jne 1f
    test $RFLAGS_TF_RF, %r11d
    jnz 1f
    pop_registers
    mov 40(%rsp), %rsp          /* past vector, error, rip, cs, rflags */
    swapgs
    sysretq
1:  pop_registers
    add $16, %rsp
    swapgs
    iretq

/* void enter_user(struct frame *) */
    .globl enter_user
enter_user:
    cli
    mov %rdi, %rsp
    jmp 1b

/* A thread's first turn: context_switch returns here, with the frame on the stack. */
    .globl thread_first
thread_first:
    call thread_begun
    jmp 1b

/* A core's own stack, on which nothing is: context_switch returns here. */
    .globl idle_first
idle_first:
    call thread_idle
    ud2

/*
 * void context_switch(uint64_t *save, uint64_t load): stores the stack pointer, goes on where the
 * other one has called this, or begins (thread/thread.c: struct first_context).
 */
    .globl context_switch
context_switch:
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, (%rdi)
    mov %rsi, %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret

trap_common:
    push_registers
    cld
    pushfq                      /* the app's AC flag must not open SMAP */
    andl $~RFLAGS_AC, (%rsp)
    popfq
    testb $3, FRAME_CS(%rsp)
    jz 2f
    swapgs
    mov %rsp, %rdi
    call trap_handle
    jmp 1b
2:  mov %rsp, %rdi
    call trap_handle
    pop_registers
    add $16, %rsp
    iretq

/* One stub per vector, each 16 bytes; those without an error code push 0 in its place. */
    .balign 16
    .globl trap_stubs
trap_stubs:
    .set vector, 0
    .rept 256
    .balign 16
    .if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 || \
          vector == 29 || vector == 30)
    push $0
    .endif
    push $vector
    jmp trap_common
    .set vector, vector + 1
    .endr

    .section .note.GNU-stack, "", @progbits
