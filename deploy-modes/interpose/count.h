/* How often each system call was made, and what it took. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct thread;
struct process;

/* Numbers of system calls are below; the last stands for all that are not. */
#define NUMBERS 512

#define BUCKETS 40

/* All calls of one number; times in cycles of the TSC, but for the buckets: bucket n counts the
 * calls that took [2^n, 2^(n+1)) ns, the first also those that took none. */
struct use {
    uint64_t cycles, least, most;
    uint64_t forwarded, forwarding; /* how many were forwarded; cycles that took beyond service */
    uint32_t buckets[BUCKETS];
};

/* A page of zeroes costs nothing until its call is made. */
struct counts {
    uint64_t calls[NUMBERS];
    struct use uses[NUMBERS];
};

void count(struct counts *counts, uint64_t number, uint64_t cycles);
/* That the last one was forwarded, and what that took beyond its service. */
void count_forwarded(struct counts *counts, uint64_t number, uint64_t cycles);
/* Notes what the stub has timed since the last time. */
void count_stub(struct thread *thread);
void counts_add(struct counts *to, const struct counts *from);
void counts_clear(struct counts *counts);

/* Appends the process's line to the file, if there is to be one; only the first time. `end` says
 * what it came to: "status" or "signal" with its number, or NULL where another program follows. */
void counts_write(struct process *process, const char *end, int number);
/* After execve has failed: what has been written is not counted again. */
void counts_restart(struct process *process);
/* Appends a line that says at what cost calls are forwarded. */
void counts_write_forwarding(void);
/* Appends a line that this process now executes a program that nothing counts. */
void counts_write_outside(const char *path, const char *why);
