/* The kernel lock. Who spins for it has interrupts off, so it sees to what others want of it. */
#include "remora/thread.h"

static uint32_t holder __attribute__((aligned(64))); /* index of the core, plus 1; 0: nobody */

static bool take(uint32_t self) {
    uint32_t nobody = 0;
    return __atomic_load_n(&holder, __ATOMIC_RELAXED) == 0 &&
           __atomic_compare_exchange_n(&holder, &nobody, self, false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}

void kernel_lock(void) {
    uint32_t self = cpu_index() + 1;
    for (unsigned looks = 1; !take(self); looks++) {
        core_attend();
        relax(looks);
    }
}

void kernel_unlock(void) {
    __atomic_store_n(&holder, 0, __ATOMIC_RELEASE);
}

bool kernel_is_locked(void) {
    return __atomic_load_n(&holder, __ATOMIC_RELAXED) == cpu_index() + 1;
}
