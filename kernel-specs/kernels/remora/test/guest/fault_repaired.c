// A handler that mends what was wrong lets the faulting instruction succeed.
#include "check.h"
#include <sys/mman.h>

static char *page;

static void mend(int number) {
    (void)number;
    mprotect(page, 4096, PROT_READ | PROT_WRITE);
}

int main(void) {
    page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    signal(SIGSEGV, mend);
    *(volatile char *)page = 42;
    CHECK(*page == 42);
    return 0;
}
