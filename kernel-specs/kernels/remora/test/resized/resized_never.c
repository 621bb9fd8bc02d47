// A core that never starts is given up; garbage is refused, what Linux broadcasts is left alone.
// keep: below 116M
// keep: stray 0xfc
// keep: stray 0x40
// keep: nmi
// keep: nmi
// keep: ask 1 1 9
// keep: ask 1 1 1
// keep: ask 1 0 9
// keep: ask 1 1234567890123 9
// keep: ask 2 0
// keep: ask 2 1234567890123
// keep: ask 0
// keep: ask 5 1 2 3 4
// keep: ask 0xffffffff -1 -1 -1 -1
// keep: raw 0 0xdeadbeef
// keep: raw 0 0
// keep: raw 0 -1
// keep: ask 3 384M 2M
// extra: 2
// answer: ask 1 1 9: -5, cores 0x1,
// answer: ask 1 1 1: -17,
// answer: ask 1 0 9: -17,
// answer: ask 1 1234567890123 9: -22,
// answer: ask 2 0: -16,
// answer: ask 2 1234567890123: -19,
// answer: ask 0: -22,
// answer: ask 5 1 2 3 4: -22,
// answer: ask 0xffffffff -1 -1 -1 -1: -22,
#include "resized.h"

int main(void) {
    CHECK(cores() == 1);
    next_step();
    await_memory(130ul << 20);
    CHECK(cores() == 1 && sched_getcpu() == 0);
    return 0;
}
