/* One system call on the app's behalf: checked by its row of the table, then executed. */
#pragma once

#include <diver/channel.h>
#include <stdbool.h>
#include <stdint.h>

/* Whether a call may keep its thread waiting. */
enum class {
    CLASS_REFUSED, /* not on the list: ENOSYS */
    CLASS_INLINE,  /* never waits for long */
    CLASS_FILE,    /* waits unless its first descriptor is a regular file or a folder */
    CLASS_OPEN,    /* waits if it opens something else */
    CLASS_BLOCKS,
};

/* True if another thread should serve the others meanwhile. */
bool execute_may_block(const struct diver_request *request);

struct outcome {
    int64_t result;
    uint32_t status;         /* DIVER_DONE or DIVER_FAULT */
    uint64_t started, ended; /* TSC around the call itself; 0: it was not executed */
};

/* `may_wait`: others are served meanwhile. */
struct outcome execute(const struct diver_request *request, bool may_wait);

/* "refused":[…] for the last report line: the calls that were not on the list. */
void execute_report(char *to, size_t size);
