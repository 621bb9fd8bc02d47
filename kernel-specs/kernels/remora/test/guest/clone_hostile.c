// clone with flags and addresses that make no thread is refused as by Linux; processes are ENOSYS.
// report: "name":"fork","local":0,"forwarded":0,"unsupported":1
// report: "name":"vfork","local":0,"forwarded":0,"unsupported":1
// report: "name":"execve","local":0,"forwarded":0,"unsupported":1
#include "check.h"
#include <sched.h>

#define THREAD (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)

static long clone3(uint64_t *words, size_t size) {
    return syscall(SYS_clone3, words, size);
}

int main(void) {
    uint64_t args[12] = {0};
    FAILS(ENOSYS, syscall(SYS_fork));
    FAILS(ENOSYS, syscall(SYS_vfork));
    FAILS(ENOSYS, syscall(SYS_execve, "/bin/true", NULL, NULL));
    FAILS(ENOSYS, syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
    FAILS(ENOSYS, syscall(SYS_clone, CLONE_VM | CLONE_VFORK | SIGCHLD, 0, 0, 0, 0));
    FAILS(EINVAL, syscall(SYS_clone, CLONE_THREAD, 0, 0, 0, 0));
    FAILS(EINVAL, syscall(SYS_clone, CLONE_THREAD | CLONE_SIGHAND, 0, 0, 0, 0));
    FAILS(EPERM, syscall(SYS_clone, THREAD | CLONE_SETTLS, 0, 0, 0, 1ul << 63));
    FAILS(EINVAL, clone3(args, 8));
    FAILS(E2BIG, clone3(args, 1 << 20));
    FAILS(EFAULT, clone3((uint64_t *)8, 88));
    args[0] = THREAD;
    args[5] = 0x1000; /* a stack without a size */
    FAILS(EINVAL, clone3(args, 88));
    args[6] = ~0ul;
    FAILS(EINVAL, clone3(args, 88));
    FAILS(EINVAL, syscall(SYS_set_robust_list, args, 5));
    FAILS(ESRCH, syscall(SYS_get_robust_list, 12345, args, args));
    return 0;
}
