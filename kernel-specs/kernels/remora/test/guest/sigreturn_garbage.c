// rt_sigreturn without a frame, or with hostile registers, is the app's fault, not the kernel's.
// expect: signal 11
#include "check.h"

int main(void) {
    static uint64_t junk[512] __attribute__((aligned(64)));
    for (int i = 0; i < 512; i++)
        junk[i] = 0xdeadbeefdeadbeef;
    __asm__ volatile("mov %0, %%rsp; syscall" ::"r"(junk + 8), "a"(SYS_rt_sigreturn));
    return 0;
}
