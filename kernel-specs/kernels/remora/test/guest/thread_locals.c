// Thread-local storage, initialized and not.
#include "check.h"

static __thread int set = 42;
static __thread char unset[100];

int main(void) {
    uint64_t base;
    CHECK(set == 42 && unset[99] == 0);
    CHECK(syscall(SYS_arch_prctl, 0x1003, &base) == 0 && *(uint64_t *)base == base);
    FAILS(EPERM, syscall(SYS_arch_prctl, 0x1002, 0xffff800000000000));
    CHECK(syscall(SYS_arch_prctl, 0x1001, &set) == 0);
    int through_gs;
    __asm__("mov %%gs:0, %0" : "=r"(through_gs));
    CHECK(through_gs == 42);
    return 0;
}
