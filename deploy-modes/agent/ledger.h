/*
 * The file in which an enclave's keeper writes what it takes, each thing before it takes it, so
 * that anybody can give it back: lines of words, appended one by one. It lies in the enclave's
 * folder, on a file system in memory, and so is gone after a reboot, as the enclave is.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "low.h"
#include "options.h"

#define HARDWARE_ROOT "/run/diver"
#define ENCLAVES      HARDWARE_ROOT "/enclaves"
#define NAME_MAX      64
#define PATH_MAX      256

/* A process that no other can be taken for: numbers are used again. */
struct process {
    uint64_t pid, started; /* in Linux's ticks since the boot */
};

enum enclave_state {
    STATE_CREATED,
    STATE_BOOTING,
    STATE_RUNNING,
    STATE_RESIZING,
    STATE_ENDING,
    STATE_ENDED, /* all has been given back */
    STATE_COUNT,
};
extern const char *const state_names[STATE_COUNT];

struct taken_core {
    uint32_t cpu, apic_id;
    bool taken; /* Linux has been, or is about to be, told to give it up */
};

struct taken_device {
    char address[16], driver[48]; /* the driver that it had; "-": none */
};

/* A file of Linux's that holds a number. */
struct changed_setting {
    char path[PATH_MAX]; /* empty: nothing was changed */
    uint64_t before, ours;
};

#define SETTINGS_MAX 4

/* What a ledger says. */
struct record {
    char name[NAME_MAX];
    enum enclave_state state;
    struct process keeper, delegate, helper;
    uint64_t since; /* seconds since 1970 */
    uint64_t boot_ms;
    uint64_t memory; /* bytes */
    struct taken_core cores[CORES_MAX];
    size_t core_count;
    uint64_t low;              /* where the trampoline is; 0: Linux has that memory as it was */
    char file[PATH_MAX];       /* the huge pages; empty: none */
    char pool[PATH_MAX];       /* Linux's folder for such pages */
    uint64_t pool_before;      /* pages it had; what it has beyond is to be given back */
    uint64_t pool_raised;      /* by how many it was raised, once that is known; else UNKNOWN */
    char streams[2][PATH_MAX]; /* by enum diver_stream_role; empty: none (ring.h) */
    struct taken_device devices[DEVICES_MAX];
    size_t device_count;
    struct changed_setting settings[SETTINGS_MAX];
    size_t setting_count;
    uint64_t whole; /* bytes of the ledger's whole lines, … */
    bool cut;       /* … behind which is the beginning of one that was not written to its end */
};

#define UNKNOWN UINT64_MAX

/* --- writing: the keeper, in a folder that is there --- */

/* Begins the ledger of `name` in the folder; its descriptor. Ends the agent where there is one. */
int ledger_begin(const char *folder, const char *name);
/* One line, without its newline. Ends the agent where it cannot be written: nothing is taken that
 * is not in the ledger. */
void ledger_write(int ledger, const char *pattern, ...) __attribute__((format(printf, 2, 3)));
/* The same for what has been given back, which goes on where the file system is full: the line is
 * left out then, and whoever gives back after that finds nothing to do. Whether it was written. */
bool ledger_note(int ledger, const char *pattern, ...) __attribute__((format(printf, 2, 3)));

/* --- reading --- */

/* Reads an enclave's ledger; false if there is none (its folder has only been made). */
bool ledger_read(const char *name, struct record *record);
/* Opens it to write on. A negated error number where that is refused. */
int64_t ledger_open(const char *name);
/* Calls `each` for every ledger there is. */
void ledger_all(void (*each)(const struct record *record, void *context), void *context);

/* Adds a word behind the enclave's folder. */
void enclave_path(char path[PATH_MAX], const char *name, const char *file);
/* Letters and digits, behind the first one also . - _: one word in a ledger, one folder. */
bool is_enclave_name(const char *name);
/* Removes the folder, unless something is still to be given back; whether it is gone. */
bool enclave_forget(const char *name);

/* --- processes --- */

struct process process_self(void);
struct process process_of(uint64_t pid);
bool process_is_alive(struct process process);
/* A descriptor that is readable when it has ended; negative if it has. */
int64_t process_open(struct process process);

/* A child's exit status, once it has ended, or its signal, negated. */
int64_t process_wait(int64_t child);

/* --- the machine's lock: one takes or gives back at a time. Ends with its process. --- */

void machine_lock(void);
void machine_unlock(void);
/* In a child: the lock is its parent's. */
void ledger_forget(void);
