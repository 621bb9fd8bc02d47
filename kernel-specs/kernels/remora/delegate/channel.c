/* The shared memory: requests out, answers in, and what the agent must forget. */
#include "channel.h"
#include "remora/boot.h"
#include "remora/delegate.h"
#include "remora/lib.h"
#include "remora/memory.h"
#include "remora/x86.h"

#include <diver/enclave.h>

struct diver_channel *channel;

/* Each core's own counts, so that the lines it shares are only ever written. */
static struct {
    uint64_t sequence; /* of its last request */
    int64_t in_flight; /* calls that began here less calls that ended here: of use is the sum */
    uint8_t padding[DIVER_CACHE_LINE - 2 * sizeof(uint64_t)];
} rings[DIVER_CORES_MAX] __attribute__((aligned(DIVER_CACHE_LINE)));

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
    made->core_count = enclave ? enclave->core_count : 1;
    made->page_table = pagetable_root();
    __atomic_store_n(&made->magic, DIVER_CHANNEL_MAGIC, __ATOMIC_RELEASE);
    channel = made;
    if (!enclave)
        doorbell_init(kernel_to_physical(made));
    else if (enclave->doorbell == DIVER_DOORBELL_UART)
        doorbell_use((uint16_t)enclave->doorbell_port);
}

bool delegate_available(void) {
    return channel != NULL;
}

/* --- requests --- */

static void write_request(unsigned core, uint32_t number, uint32_t line,
                          const uint64_t argument[6]) {
    uint64_t sequence = ++rings[core].sequence;
    struct diver_core *ring = &channel->cores[core];
    while (sequence - __atomic_load_n(&ring->agent.taken, __ATOMIC_ACQUIRE) > DIVER_SLOTS)
        __asm__ volatile("pause");
    struct diver_request *slot = &ring->requests[sequence % DIVER_SLOTS];
    slot->number = number;
    slot->thread = line;
    for (int i = 0; i < 6; i++)
        slot->argument[i] = argument[i];
    __atomic_store_n(&slot->sequence, sequence, __ATOMIC_SEQ_CST); /* a full fence on x86 */
    if (__atomic_load_n(&ring->agent.sleeping, __ATOMIC_RELAXED))
        doorbell_ring();
}

/* A request that does nothing, answered when the agent has come to it. */
static void pass_through(unsigned core) {
    static const uint64_t nobody[6] = {UINT64_MAX};
    struct request request = {.core = core, .reply = &channel->replies[core]};
    write_request(core, DIVER_INTERRUPT, core, nobody);
    request.sequence = rings[core].sequence;
    channel_poll(&request);
}

/*
 * The line may still hold an answer that another core was given under the number that is next here.
 * While the agent writes the new one over it, the two could not be told apart: that number is used
 * up for nothing.
 */
static void skip_ambiguous(unsigned core, const struct diver_reply *reply) {
    while (reply->sequence == rings[core].sequence + 1)
        pass_through(core);
}

void channel_call_begins(void) {
    rings[cpu_index()].in_flight++;
}

void channel_call_ends(void) {
    rings[cpu_index()].in_flight--;
}

struct request channel_submit(uint32_t number, uint32_t line, const uint64_t argument[6]) {
    unsigned core = cpu_index();
    const struct diver_reply *reply = &channel->replies[line];
    skip_ambiguous(core, reply);
    struct request request = {.core = core, .reply = reply, .submitted = read_tsc()};
    write_request(core, number, line, argument);
    request.sequence = rings[core].sequence;
    return request;
}

void channel_poll(const struct request *request) {
    while (!channel_answered(request))
        __asm__ volatile("pause");
}

/* --- drops --- */

void delegate_drop(uint64_t start, uint64_t end) {
    if (!channel)
        return;
    struct diver_drops *drops = &channel->drops;
    uint64_t count = drops->count;
    drops->ranges[count % DIVER_DROPS] = (struct diver_range){start, end};
    __atomic_store_n(&drops->count, count + 1, __ATOMIC_RELEASE);
}

void delegate_settle(void) {
    int64_t in_flight = 0;
    if (!channel)
        return;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    for (unsigned core = 0; core < channel->core_count; core++)
        in_flight += __atomic_load_n(&rings[core].in_flight, __ATOMIC_RELAXED);
    if (in_flight > 0)
        pass_through(cpu_index());
}
