/* File descriptors that lead to the three streams: all where there is no agent, else those that
 * lead to streams in shared memory (remora/shared.h). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "remora/device.h"

#define DESCRIPTORS           64
#define DELEGATED_DESCRIPTORS 1000 /* the agent's own are at this number and above */

#define F_DUPFD         0
#define F_GETFD         1
#define F_SETFD         2
#define F_GETFL         3
#define F_SETFL         4
#define F_DUPFD_CLOEXEC 1030

#define AT_EMPTY_PATH       0x1000
#define CLOSE_RANGE_CLOEXEC 4

/* 0, 1 and 2, as a process starts with them. */
void descriptors_init(void);
/* False if it is not open. */
bool descriptor_stream(uint64_t descriptor, enum stream *stream);
/* The agent has made `to`, which is below DESCRIPTORS, lead where `from` does. */
void descriptor_follow(uint64_t from, uint64_t to);
/* Closes all in this range, as the agent has where there is one. */
void descriptor_forget(uint64_t first, uint64_t last);
