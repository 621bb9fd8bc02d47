/* The app: how it is loaded, started, signalled and ended. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "remora/boot.h"
#include "remora/x86.h"

/* What it is to itself: a net's app is alone, its parent is init. */
#define APP_PID    2
#define PARENT_PID 1

/* Loads the app and enters it; refuses it in the report if it cannot be run. */
_Noreturn void process_start(struct boot_info *boot, struct words *words);
/* The last of every app: reports and powers off. */
_Noreturn void process_exit(int status);
_Noreturn void process_killed(int signal, const uint64_t *fault_address, const struct frame *frame,
                              const char *reason);
/* Ends an app that waits for what can never come. */
_Noreturn void process_deadlock(const struct frame *frame, const char *reason);
/* A trap in ring 3: the signal that Linux would send, to the app's handler if it has one. */
void process_fault(struct frame *frame, uint64_t address);

/* --- elf.c --- */

struct executable {
    uint64_t start; /* where the app begins: at its entry, or at its interpreter's */
    uint64_t entry;
    uint64_t base;            /* where it lies if it is position-independent; else 0 */
    uint64_t interpreter;     /* where it is loaded; 0 if there is none */
    uint64_t program_headers; /* where they are in the app's memory; 0 if they are not loaded */
    uint16_t program_header_count;
    uint64_t end; /* past its highest segment */
};

/* Loads the file into the app's space; NULL, or why it cannot be. */
const char *elf_load(const void *file, size_t size, struct executable *executable);

/* --- stack.c --- */

/* Builds the first stack (System V x86-64 psABI, 3.4.1); the stack pointer, or 0 without room. */
uint64_t stack_build(const struct executable *executable, const struct words *words);
