/*
 * Streams in memory that another kernel or a Linux has mapped, too (diver/stream.h): what stdin or
 * stdout lead to where the command line says so.
 *
 * The kernel attaches an end when it is used for the first time, by a call on its descriptor. An
 * app that maps the descriptor instead attaches it itself, and has it to itself from then on.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "remora/device.h"
#include "remora/thread.h"

struct boot_info;

/* Looks at what the command line has named; NULL, or what is wrong with it. */
const char *shared_init(void);
/* Whether this stream is one. */
bool shared_is(enum stream stream);

/* These are as the system calls of that name, and wait. */
int64_t shared_write(enum stream stream, uint64_t from, uint64_t size);
int64_t shared_read(enum stream stream, uint64_t to, uint64_t size);
/* Maps this part of it in a range of the app's that is free. */
int shared_map(enum stream stream, uint64_t start, uint64_t end, uint64_t offset, unsigned prot);
uint64_t shared_bytes(enum stream stream);

/* As poll has it: POLLIN or POLLOUT, with POLLHUP or POLLERR. */
int16_t shared_events(enum stream stream);
/* thread_wait for what the other side does. */
enum wait_result shared_wait(bool (*ready)(void *), void *argument, uint64_t deadline);
/* O_NONBLOCK */
bool shared_waits(enum stream stream);
void shared_set_waits(enum stream stream, bool waits);

/* --- beside.c: where there is an agent --- */

struct call;

/* Whether a call that would be forwarded is served here. */
bool beside_serves(const struct call *call);
/* After a call that was forwarded: what has become of descriptors, and of the call's result. */
void beside_follow(const struct call *call);

/* --- the end --- */

/* No descriptor leads to it any more. */
void shared_close(enum stream stream);
/* The app has ended; `error`: 0, or what the other sides are told. */
void shared_end(uint32_t error);
