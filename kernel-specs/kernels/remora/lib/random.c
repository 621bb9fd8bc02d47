#include "remora/random.h"
#include "remora/lib.h"
#include "remora/x86.h"

static bool from_processor;
static uint64_t state;

/* SplitMix64 (Steele, Lea, Flood 2014): well mixed, but no secret to who knows the boot's time. */
static uint64_t generated(void) {
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

/* False if the processor has run out for now (Intel SDM volume 1, 7.3.17.1: ten tries). */
static bool processor_random(uint64_t *value) {
    for (int tries = 0; tries < 10; tries++) {
        bool ok;
        __asm__ volatile("rdrand %0" : "=r"(*value), "=@ccc"(ok));
        if (ok)
            return true;
    }
    return false;
}

void random_init(void) {
    from_processor = cpu_has_rdrand();
    state = read_tsc() ^ clock_wall();
    if (!from_processor)
        log_line("random: no RDRAND, numbers come from the clock and are not for secrets");
}

void random_fill(void *to, size_t size) {
    uint8_t *at = to;
    while (size > 0) {
        uint64_t value;
        if (!from_processor || !processor_random(&value))
            value = generated();
        size_t length = MIN(size, sizeof value);
        memcpy(at, &value, length);
        at += length;
        size -= length;
    }
}
