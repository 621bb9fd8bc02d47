/*
 * Plays a kernel beside the real agent: shares a memory file with it, builds page tables, writes
 * requests and reads answers as remora does. What it says may be as wrong as a test wants.
 */
#pragma once

#include <diver/channel.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define MEMORY     (64ull << 20) /* what the agent is told of */
#define BEYOND     (4ull << 20)  /* what the file has behind it: no access there */
#define CHANNEL_AT 0x100000ull
#define TABLES_AT  0x200000ull
#define PAGES_AT   0x400000ull
#define PAGE       0x1000ull

#define PRESENT  1ull
#define WRITABLE 2ull
#define USER     4ull
#define LARGE    0x80ull
#define APP      (PRESENT | WRITABLE | USER)

/* The app's addresses that are there from the start: 64 pages, writable; and one that is not. */
#define DATA       0x10000000ull
#define DATA_PAGES 64
#define READ_ONLY  0x20000000ull
#define NOTHING    0x30000000ull

struct kernel {
    pid_t agent;
    int bell; /* the doorbell's other end */
    uint32_t cores;
    bool leashed; /* the agent is killed when who starts it ends, as Diver's is */
    char folder[128];
    uint8_t *memory;
    struct diver_channel *channel;
    uint64_t next_table, next_page;
    uint64_t sequence[DIVER_CORES_MAX];
};

/* Whether the agent sees the memory as a whole (AGENT_SEEN), instead of mirroring it. */
bool kernel_is_seen(void);

/* A folder of its own with share/, read-only/ and outside/, and the agent started with them. */
void kernel_prepare(struct kernel *k);
void kernel_start_agent(struct kernel *k, const char *const *more);
/* Connects to the doorbell and fills the channel; then says hello. */
void kernel_connect(struct kernel *k);
void kernel_hello(struct kernel *k, uint64_t magic, uint64_t channel);
/* All of it. */
void kernel_start(struct kernel *k);

/* Waits for the agent's end: its status, or 256 + the signal, or -1 if it goes on for too long. */
int kernel_agent_status(struct kernel *k);
/* Ends the agent if it goes on, and removes the folder. */
void kernel_end(struct kernel *k);
/* DIVER_END, and the agent's status. */
int kernel_say_end(struct kernel *k);

/* The report as it is now; static. */
const char *kernel_report(struct kernel *k);
const char *kernel_log(struct kernel *k);

/* --- the app's memory --- */

uint64_t kernel_page(struct kernel *k); /* a free physical page */
void kernel_map(struct kernel *k, uint64_t address, uint64_t entry);
uint64_t *kernel_entry(struct kernel *k, uint64_t address, int level);
void kernel_drop(struct kernel *k, uint64_t start, uint64_t end);
/* Where the kernel has one of the app's addresses. */
void *kernel_at(struct kernel *k, uint64_t address);
/* Puts a string there; its address. */
uint64_t kernel_text(struct kernel *k, uint64_t address, const char *text);

/* --- requests --- */

struct answer {
    int64_t result;
    uint32_t status;
    bool lost; /* there was none in time */
};

uint64_t kernel_submit(struct kernel *k, uint32_t core, uint32_t thread, uint32_t number,
                       const uint64_t argument[6]);
bool kernel_answered(struct kernel *k, uint32_t core, uint32_t thread, uint64_t sequence,
                     struct answer *answer);
struct answer kernel_await(struct kernel *k, uint32_t core, uint32_t thread, uint64_t sequence);
struct answer kernel_call6(struct kernel *k, uint32_t number, uint64_t a, uint64_t b, uint64_t c,
                           uint64_t d, uint64_t e, uint64_t f);

#define KERNEL_CALL(k, number, a, b, c, d, e, f, ...)                                              \
    kernel_call6(k, number, (uint64_t)(a), (uint64_t)(b), (uint64_t)(c), (uint64_t)(d),            \
                 (uint64_t)(e), (uint64_t)(f))
/* call(k, NUMBER, up to six arguments) */
#define call(...) KERNEL_CALL(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)
