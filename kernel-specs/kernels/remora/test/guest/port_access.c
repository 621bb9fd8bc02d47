// Ring 3 may touch no I/O port: it cannot power the machine off.
// expect: signal 11
#include "check.h"

int main(void) {
    __asm__ volatile("outb %%al, $0x64" ::"a"(0xfe));
    return 0;
}
