/* File descriptors where there is no agent: all of them lead to the three streams. */
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
