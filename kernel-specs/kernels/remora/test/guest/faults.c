// Every kind of fault reaches a handler with the siginfo and context that Linux gives it.
#include "check.h"
#include <setjmp.h>
#include <sys/mman.h>
#include <ucontext.h>

static sigjmp_buf back;
static siginfo_t seen;
static greg_t vector, cr2;

static void handler(int number, siginfo_t *info, void *context) {
    seen = *info;
    vector = ((ucontext_t *)context)->uc_mcontext.gregs[REG_TRAPNO];
    cr2 = ((ucontext_t *)context)->uc_mcontext.gregs[REG_CR2];
    siglongjmp(back, number);
}

#define FAULT(statement)                                                                           \
    (sigsetjmp(back, 1) ? seen.si_signo : ({                                                       \
        statement;                                                                                 \
        0;                                                                                         \
    }))

int main(void) {
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    int signals[] = {SIGSEGV, SIGFPE, SIGILL, SIGTRAP, SIGBUS};
    for (int i = 0; i < 5; i++)
        CHECK(sigaction(signals[i], &action, NULL) == 0);
    char *readable = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    volatile int zero = 0;

    CHECK(FAULT(*(volatile char *)8 = 1) == SIGSEGV && seen.si_code == SEGV_MAPERR);
    CHECK(seen.si_addr == (void *)8 && vector == 14 && cr2 == 8);
    CHECK(FAULT(*readable = 1) == SIGSEGV && seen.si_code == SEGV_ACCERR);
    CHECK(seen.si_addr == readable);
    CHECK(FAULT(*(volatile char *)0x8000000000000000 = 1) == SIGSEGV && seen.si_code == SI_KERNEL);
    CHECK(FAULT(zero = 10 / zero) == SIGFPE && seen.si_code == FPE_INTDIV && vector == 0);
    CHECK(FAULT(__asm__ volatile("ud2")) == SIGILL && seen.si_code == ILL_ILLOPN);
    CHECK(FAULT(__asm__ volatile("int3")) == SIGTRAP && seen.si_code == SI_KERNEL);
    CHECK(FAULT(__asm__ volatile("pushf; orl $0x100, (%rsp); popf; nop")) == SIGTRAP);
    CHECK(seen.si_code == TRAP_TRACE);
    CHECK(FAULT(__asm__ volatile("int $0x80")) == SIGSEGV);
    return 0;
}
