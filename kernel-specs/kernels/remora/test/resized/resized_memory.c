// Memory comes and goes: the app has what is there, and keeps what it uses.
// extra: 66
// keep: below 116M
// keep: ask 3 384M 64M
// keep: ask 3 384M 64M
// keep: ask 3 446M 4M
// keep: ask 3 300M 2M
// keep: ask 3 0xfee00000 2M
// keep: ask 3 385M 2M
// keep: ask 3 448M 1M
// keep: ask 3 448M 0
// keep: ask 3 0 2M
// keep: ask 3 0x7fffe00000 4M
// keep: ask 3 0xffffffffffe00000 4M
// keep: below 40M
// keep: ask 4 64M 384M 448M 2M
// keep: ask 4 2M 256M 272M 2M
// keep: ask 3 448M 2M
// keep: above 150M
// keep: ask 4 64M 384M 448M 2M
// keep: below 108M
// keep: ask 3 384M 64M
// keep: ask 4 8M 384M 448M 2M
// keep: ask 4 8M 400M 408M 8M
// keep: ask 4 2M 400M 408M 2M
// keep: ask 3 400M 8M
// keep: ask 4 1M 0 -1 2M
// keep: ask 4 2M 0 -1 1M
// keep: ask 4 6M 0 -1 6M
// keep: ask 4 2M 448M 384M 2M
// keep: ask 4 2M -1 -1 2M
// keep: ask 4 1024M 0 -1 2M
// keep: ask 4 56M 384M 440M 2M
// keep: ask 4 2M 448M 450M 2M
// answer: ask 3 384M 64M: 0, cores 0x1, memory 201326592,
// answer: ask 3 384M 64M: -17,
// answer: ask 3 446M 4M: -17,
// answer: ask 3 300M 2M: -17,
// answer: ask 3 0xfee00000 2M: -22,
// answer: ask 3 385M 2M: -22,
// answer: ask 3 448M 1M: -22,
// answer: ask 3 448M 0: -22,
// answer: ask 3 0 2M: -22,
// answer: ask 3 0x7fffe00000 4M: -22,
// answer: ask 3 0xffffffffffe00000 4M: -22,
// answer: ask 4 64M 384M 448M 2M: -16, cores 0x1, memory 201326592,
// answer: ask 4 2M 256M 272M 2M: -16, cores 0x1, memory 201326592, removable 0,
// answer: ask 3 448M 2M: 0, cores 0x1, memory 203423744,
// answer: ask 4 64M 384M 448M 2M: 0, cores 0x1, memory 136314880, removable 67108864, ranges
// 18000000+4000000; answer: ask 4 8M 384M 448M 2M: 0, cores 0x1, memory 195035136, removable
// 67108864, ranges 1b800000+800000; answer: ask 4 8M 400M 408M 8M: 0, cores 0x1, memory 186646528,
// removable 8388608, ranges 19000000+800000; answer: ask 4 2M 400M 408M 2M: -16, cores 0x1, memory
// 186646528, removable 0, answer: ask 3 400M 8M: 0, cores 0x1, memory 195035136, answer: ask 4 1M 0
// -1 2M: -22, answer: ask 4 2M 0 -1 1M: -22, answer: ask 4 6M 0 -1 6M: -22, answer: ask 4 2M 448M
// 384M 2M: -22, answer: ask 4 2M -1 -1 2M: -22, answer: ask 4 1024M 0 -1 2M: -16, answer: ask 4 56M
// 384M 440M 2M: 0, cores 0x1, memory 136314880, removable 58720256, ranges 19000000+800000
// 19800000+2000000 18000000+1000000; answer: ask 4 2M 448M 450M 2M: 0, cores 0x1, memory 134217728,
#include "resized.h"

#define MIB (1ul << 20)

static uint64_t *map(size_t bytes) {
    void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return at == MAP_FAILED ? NULL : at;
}

/* Every word has a value of its own, and keeps it. */
static void try_memory(uint64_t *at, size_t bytes) {
    for (size_t i = 0; i < bytes / sizeof *at; i += 64)
        at[i] = i * 0x9e3779b97f4a7c15;
    for (size_t i = 0; i < bytes / sizeof *at; i += 64)
        CHECK(at[i] == i * 0x9e3779b97f4a7c15);
}

int main(void) {
    CHECK(total_memory() == 128 * MIB && !map(150 * MIB));
    next_step();
    await_memory(192 * MIB);
    uint64_t *large = map(150 * MIB);
    CHECK(large);
    try_memory(large, 150 * MIB);
    await_memory(194 * MIB); /* 64 MiB have been refused by then */
    try_memory(large, 150 * MIB);
    CHECK(munmap(large, 150 * MIB) == 0);
    await_memory(130 * MIB);
    CHECK(!map(150 * MIB));
    large = map(90 * MIB);
    CHECK(large);
    try_memory(large, 90 * MIB);
    await_memory(128 * MIB); /* the rest comes and goes beside it */
    try_memory(large, 90 * MIB);
    return 0;
}
