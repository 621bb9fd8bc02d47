/* Serves a channel: one thread polls its rings, others execute the calls that may wait. */
#pragma once

#include <diver/channel.h>
#include <stdint.h>

/* clone(2)'s for the agent's threads: VM, FS, FILES, SIGHAND, THREAD, SYSVSEM. */
#define THREAD_FLAGS 0x50f00u

struct service {
    struct diver_channel *channel;
    int doorbell; /* readable when the kernel rings; at its end the kernel is gone. -1: none */
    int parent;   /* readable when who started the agent has ended. -1: nobody */
    void (*wake)(uint32_t core); /* the core sleeps: interrupts it */
    void (*booted)(void);        /* the kernel reports that the app was entered; NULL: nothing */
    void (*follow)(void);        /* between two requests: what it serves may change; NULL */
    void (*end)(void);           /* before the agent's last line: gives back what it took */
    uint64_t tsc_hz;
};

/* The channel, if what is there is one that the agent speaks; ends the agent otherwise. */
struct diver_channel *channel_at(uint64_t physical);

/* Serves until the net has ended, then ends the process: status 0 if the kernel said that it ended,
 * 1 if it vanished or sent garbage. */
_Noreturn void serve(const struct service *service);
