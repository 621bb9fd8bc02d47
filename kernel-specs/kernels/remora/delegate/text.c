/* The kernel's own messages, on the line of the core that sends them. */
#include "channel.h"
#include "remora/delegate.h"
#include "remora/memory.h"
#include "remora/x86.h"

static struct request tell(uint32_t kind, uint64_t first, uint64_t second) {
    const uint64_t argument[6] = {first, second};
    return channel_submit(kind, cpu_index(), argument);
}

void delegate_text(uint32_t kind, const char *text, size_t length) {
    if (!channel || length == 0)
        return;
    struct request request = tell(kind, kernel_to_physical(text), length);
    channel_poll(&request);
}

/* Nobody answers: the agent ends. */
void delegate_end(enum diver_end end, int number) {
    if (channel)
        tell(DIVER_END, end, (uint64_t)number);
}
