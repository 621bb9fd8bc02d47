// Seven of the stack's eight MiB can be used, by the app and by the kernel for it.
#include "check.h"
#include <sys/resource.h>
#include <sys/uio.h>

int main(void) {
    struct rlimit limit;
    CHECK(getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur == 8 << 20);
    volatile char deep[7 << 20];
    CHECK(syscall(SYS_getrandom, deep, 64, 0) == 64);
    deep[1 << 20] = 1;
    CHECK(deep[1 << 20] == 1 && deep[3 << 20] == 0);
    return 0;
}
