/* A program that has a use of its own for SIGSYS, and ends by it. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

static void handler(int signal, siginfo_t *info, void *context) {
    printf("signal %d, code %d\n", signal, info->si_code);
    if (info->si_code == 1) /* SYS_SECCOMP: answer for the call */
        ((ucontext_t *)context)->uc_mcontext.gregs[REG_RAX] = 4711;
    fflush(stdout);
}

int main(void) {
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO}, now;
    sigaction(SIGSYS, &action, NULL);
    sigaction(SIGSYS, NULL, &now);
    printf("kept: %d\n", now.sa_sigaction == handler);
    raise(SIGSYS);
    kill(getpid(), SIGSYS);
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getsid, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    struct sock_fprog filter = {4, code};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    printf("filter: %d\n", prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter));
    printf("filtered call: %ld\n", syscall(SYS_getsid, 0));
    signal(SIGSYS, SIG_DFL);
    fflush(stdout);
    raise(SIGSYS);
    printf("still here\n");
    return 0;
}
