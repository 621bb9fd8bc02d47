/* File descriptors that lead to the three streams: all where there is no agent, else those that
 * lead to streams in shared memory (remora/shared.h). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "remora/device.h"

#define DESCRIPTORS           64
#define DELEGATED_DESCRIPTORS 1000 /* the agent's own are at this number and above */

/* 0, 1 and 2, as a process starts with them. */
void descriptors_init(void);
/* False if it is not open. */
bool descriptor_stream(uint64_t descriptor, enum stream *stream);
/* The agent has made `to`, which is below DESCRIPTORS, lead where `from` does. */
void descriptor_follow(uint64_t from, uint64_t to);
/* It has closed all in this range. */
void descriptor_forget(uint64_t first, uint64_t last);
