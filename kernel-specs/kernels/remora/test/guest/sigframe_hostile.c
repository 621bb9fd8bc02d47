// A handler that writes garbage over its saved vector state and kernel selectors comes back sane.
#include "check.h"
#include <ucontext.h>

static void handler(int number, siginfo_t *info, void *context) {
    (void)number;
    (void)info;
    mcontext_t *m = &((ucontext_t *)context)->uc_mcontext;
    memset((char *)m->fpregs + 24, 0xff, 600);
    m->gregs[REG_CSGSFS] = 0x10;
    m->gregs[REG_EFL] |= 0x3000 | 0x20000; /* IOPL 3, virtual 8086 */
}

int main(void) {
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
    uint64_t flags;
    uint16_t cs;
    __asm__ volatile("pushf; pop %0; mov %%cs, %1" : "=r"(flags), "=r"(cs));
    CHECK((flags & 0x23000) == 0 && (cs & 3) == 3);
    return 0;
}
