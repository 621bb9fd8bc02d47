/* What of Linux's ABI on x86-64 the interposer needs beyond sys.h. */
#pragma once

#include "sys.h"

#define SIGABRT 6
#define SIGBUS  7
#define SIGSEGV 11
#define SIGALRM 14
#define SIGCONT 18
#define SIGSTOP 19
#define SIGSYS  31
#define SIGNALS 64

#define SIG_DFL 0
#define SIG_IGN 1

#define SA_SIGINFO   0x4u
#define SA_ONSTACK   0x08000000u
#define SA_RESTART   0x10000000u
#define SA_NODEFER   0x40000000u
#define SA_RESETHAND 0x80000000u
#define SA_RESTORER  0x04000000u

#define SIG_BLOCK   0
#define SIG_UNBLOCK 1
#define SIG_SETMASK 2

#define SS_ONSTACK    1
#define SS_DISABLE    2
#define SS_AUTODISARM 0x80000000u
#define MINSIGSTKSZ   2048

#define SI_TKILL          (-6)
#define SYS_SECCOMP       1
#define SYS_USER_DISPATCH 2
#define ARCH_X86_64       0xc000003eu

#define PR_SET_KEEPCAPS              8
#define PR_SET_SECCOMP               22
#define PR_CAPBSET_DROP              24
#define PR_SET_SECUREBITS            28
#define PR_SET_NO_NEW_PRIVS          38
#define PR_CAP_AMBIENT               47
#define PR_SET_NAME                  15
#define PR_SET_MM                    35
#define PR_SET_MM_MAP                14
#define PR_SET_SYSCALL_USER_DISPATCH 59
#define PR_SYS_DISPATCH_OFF          0
#define PR_SYS_DISPATCH_ON           1

#define PTRACE_TRACEME 0

#define ARCH_SET_GS 0x1001
#define ARCH_GET_GS 0x1004

#define CLONE_VM             0x00000100ull
#define CLONE_FS             0x00000200ull
#define CLONE_FILES          0x00000400ull
#define CLONE_SIGHAND        0x00000800ull
#define CLONE_VFORK          0x00004000ull
#define CLONE_THREAD         0x00010000ull
#define CLONE_SYSVSEM        0x00040000ull
#define CLONE_PARENT_SETTID  0x00100000ull
#define CLONE_CHILD_CLEARTID 0x00200000ull
#define CLONE_CLEAR_SIGHAND  0x100000000ull

#define AT_NULL   0
#define AT_PHDR   3
#define AT_PHENT  4
#define AT_PHNUM  5
#define AT_BASE   7
#define AT_ENTRY  9
#define AT_SECURE 23
#define AT_EXECFN 31

#define AT_EACCESS    0x200
#define AT_EMPTY_PATH 0x1000
#define X_OK          1

#define PROT_EXEC      4
#define PROT_GROWSDOWN 0x01000000
#define MAP_POPULATE   0x8000
#define MREMAP_MAYMOVE 1
#define MREMAP_FIXED   2

#define EFBIG 27
#define ELOOP 40

/* struct sigaction as the kernel has it. */
struct sigaction {
    uint64_t handler, flags, restorer, mask;
};

struct siginfo {
    int32_t signal, error, code, padding;
    uint64_t call_address; /* of SIGSYS; other signals have other things here */
    int32_t call_number;
    uint32_t architecture;
    uint8_t rest[96];
};
_Static_assert(sizeof(struct siginfo) == 128, "siginfo_t");

struct stack {
    uint64_t start;
    uint32_t flags, padding;
    uint64_t size;
};

/* The registers at a signal, and what rt_sigreturn restores (arch/x86/include/uapi/asm). */
struct ucontext {
    uint64_t flags, link;
    struct stack stack;
    uint64_t r8, r9, r10, r11, r12, r13, r14, r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip;
    uint64_t eflags, segments, error, trap, old_mask, cr2;
    uint8_t *fpu;
    uint64_t reserved[8];
    uint64_t mask;
};
_Static_assert(offsetof(struct ucontext, mask) == 40 + 256, "struct ucontext");

/* Where in the FPU's state Linux says how many bytes it has (struct _fpx_sw_bytes). */
#define FPU_MAGIC        464
#define FPU_EXTENDED     468
#define FPU_MAGIC_VALUE  0x46505853u
#define FPU_LEGACY_BYTES 512

struct clone_arguments {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid,
        set_tid_size, cgroup;
};

/* prctl(PR_SET_MM, PR_SET_MM_MAP) (include/uapi/linux/prctl.h). */
struct memory_map {
    uint64_t start_code, end_code, start_data, end_data, start_brk, brk, start_stack, arg_start,
        arg_end, env_start, env_end, auxv;
    uint32_t auxv_size, exe;
};

static inline uint64_t signal_bit(int signal) {
    return 1ull << (signal - 1);
}

/* All signals but the one that brings calls here: blocked, it would end the program. */
#define ALL_SIGNALS (~signal_bit(SIGSYS))
