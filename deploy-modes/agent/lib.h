/* How the agent ends, and what it takes from Linux. */
#pragma once

#include "text.h"

/* Ends the agent: one sentence on stderr and in the report. */
_Noreturn __attribute__((format(printf, 1, 2))) void fail(const char *pattern, ...);

/* The same where what was asked for cannot be had: what would help comes behind it. */
_Noreturn __attribute__((format(printf, 2, 3))) void refuse(const char *remedy, const char *pattern,
                                                            ...);

/* What is to be done before either ends the agent; NULL: nothing. */
void at_failure(void (*undo)(void));

/* From now on the reason is in the report alone: stderr is the app's. */
void quiet_errors(void);

/* Keeps stderr for that: the app may put something else there. */
void keep_errors(void);

/* What Linux has mapped for the agent itself lies above the app's addresses (it puts mappings below
 * the stack, unless there is no limit for that); ends the agent where it does not. */
void check_own(uint64_t address);
/* Whole pages of zeroes for the agent itself; ends the agent where there are none. */
void *allocate(size_t bytes);
/* Moves a descriptor to where the app has none (DESCRIPTORS_END and above). */
int hide(int descriptor);

/* Both ends hidden; ends the agent where there is none. */
void make_pipe(int32_t ends[2]);

/* The app's descriptors are below, the agent's own at or above. */
#define DESCRIPTORS_END 1000
