/* The shared memory: how the two sides find each other, and what the agent must forget. */
#include "channel.h"
#include "remora/boot.h"
#include "remora/delegate.h"
#include "remora/lib.h"
#include "remora/memory.h"
#include "remora/x86.h"

#include <diver/enclave.h>

struct diver_channel *channel;

static struct diver_channel *make_channel(void) {
    uint64_t bytes = align_up(sizeof(struct diver_channel), PAGE_SIZE);
    uint64_t physical = frames_alloc(bytes, PAGE_SIZE);
    if (physical == 0)
        panic("no memory for the channel");
    return memset(physical_to_kernel(physical), 0, bytes);
}

void delegate_init(const struct boot_info *boot) {
    const struct diver_enclave *enclave = boot->enclave;
    if (!enclave && !options.delegate)
        return;
    if (enclave && enclave->channel_bytes < sizeof(struct diver_channel))
        panic("the channel has %lu bytes, %lu are needed", enclave->channel_bytes,
              sizeof(struct diver_channel));
    struct diver_channel *made = enclave ? physical_to_kernel(enclave->channel) : make_channel();
    made->version = DIVER_CHANNEL_VERSION;
    made->core_count = cpu_count;
    made->page_table = pagetable_root();
    __atomic_store_n(&made->magic, DIVER_CHANNEL_MAGIC, __ATOMIC_RELEASE);
    channel = made;
    if (!enclave)
        doorbell_init(kernel_to_physical(made));
    else if (enclave->doorbell == DIVER_DOORBELL_UART)
        doorbell_use((uint16_t)enclave->doorbell_port);
}

void delegate_core(unsigned index, bool there) {
    if (!channel)
        return;
    __atomic_store_n(&channel->cores[index].delegator.sleeping, !there, __ATOMIC_SEQ_CST);
    __atomic_store_n(&channel->core_count, cpu_count, __ATOMIC_RELEASE);
}

bool delegate_available(void) {
    return channel != NULL;
}

/* --- drops --- */

static uint64_t settled; /* drops that no call in flight can have missed */

/* An agent that is too far behind forgets everything, also what calls in flight are to fill: so it
 * never is while there are any. */
void delegate_drop(uint64_t start, uint64_t end) {
    if (!channel)
        return;
    struct diver_drops *drops = &channel->drops;
    uint64_t count = drops->count;
    drops->ranges[count % DIVER_DROPS] = (struct diver_range){start, end};
    __atomic_store_n(&drops->count, count + 1, __ATOMIC_RELEASE);
    if (count + 2 - settled >= DIVER_DROPS)
        delegate_settle();
}

void delegate_settle(void) {
    if (!channel)
        return;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (channel_in_flight() == 0)
        return;
    channel_pass_through();
    settled = channel->drops.count;
}
