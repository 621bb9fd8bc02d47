/* What the agent asks of a running kernel: more cores and memory, or less (diver/enclave.h). */
#include "remora/resize.h"
#include "remora/boot.h"
#include "remora/errno.h"
#include "remora/lib.h"
#include "remora/memory.h"
#include "remora/thread.h"
#include "remora/x86.h"

#include <diver/enclave.h>

static struct diver_resize *block; /* NULL: nobody asks */

/* Under the kernel lock. */
static uint64_t served; /* the last request that was taken */
static bool busy;       /* … and that is not answered yet */
static struct diver_region ranges[DIVER_REGIONS_MAX];
static uint32_t range_count;
static uint64_t removable;

/* --- answers --- */

static void write_answer(int result) {
    block->answer.result = result;
    block->answer.removable = removable;
    block->answer.range_count = range_count;
    memcpy(block->ranges, ranges, sizeof ranges[0] * range_count);
    block->answer.memory = frames_total();
    block->answer.unused = frames_unused();
    __atomic_store_n(&block->answer.cores, cores_running, __ATOMIC_RELEASE);
    busy = false;
}

static void answer(int result) {
    write_answer(result);
    __atomic_store_n(&block->answer.sequence, served, __ATOMIC_RELEASE);
}

void resize_init(const struct boot_info *boot) {
    uint64_t at = boot->enclave ? boot->enclave->resize : 0;
    if (at == 0)
        return;
    if (at % DIVER_CACHE_LINE != 0 || at - physical_base > MIB(1) - sizeof *block)
        panic("the agent's requests are to come at 0x%lx, which is not its place", at);
    block = physical_to_kernel(at);
    write_answer(0);
}

/* When it is answered the agent stops this core, which must not have the lock then. */
void resize_core_left(void) {
    core_left();
    write_answer(0);
    uint64_t sequence = served;
    kernel_unlock();
    __atomic_store_n(&block->answer.sequence, sequence, __ATOMIC_RELEASE);
    core_halt();
}

/* --- requests --- */

bool resize_awaits(void) {
    return block && __atomic_load_n(&block->request.sequence, __ATOMIC_ACQUIRE) == served + 1;
}

static int remove_memory(const uint64_t argument[4]) {
    const struct removal wanted = {argument[0], argument[1], argument[2], argument[3]};
    return memory_remove(&wanted, ranges, &range_count, &removable);
}

static int add_core(const uint64_t argument[4]) {
    return argument[0] < CORES_MAX ? core_add((uint32_t)argument[0], (uint32_t)argument[1])
                                   : -EINVAL;
}

static int serve(uint32_t kind, const uint64_t argument[4]) {
    switch (kind) {
    case DIVER_ADD_CORE:
        return add_core(argument);
    case DIVER_REMOVE_CORE:
        return argument[0] < CORES_MAX ? core_remove((uint32_t)argument[0]) : -ENODEV;
    case DIVER_ADD_MEMORY:
        return memory_add(argument[0], argument[1]);
    case DIVER_REMOVE_MEMORY:
        return remove_memory(argument);
    default:
        return -EINVAL;
    }
}

void resize_serve(void) {
    uint64_t argument[4];
    if (busy || !resize_awaits())
        return;
    busy = true;
    served++;
    range_count = 0;
    removable = 0;
    cores_reap();
    uint32_t kind = __atomic_load_n(&block->request.kind, __ATOMIC_RELAXED);
    for (int i = 0; i < 4; i++)
        argument[i] = __atomic_load_n(&block->request.argument[i], __ATOMIC_RELAXED);
    int result = serve(kind, argument);
    if (result != 0 || kind != DIVER_REMOVE_CORE) /* which answers itself, when it has left */
        answer(result);
}
