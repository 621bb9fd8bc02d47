/*
 * The report: what the run was, as JSON lines for Diver. One of exit, killed, panic or refused is
 * the last event. Without a report port (machine pc) the last event goes to the kernel log.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct frame;
struct diver_device;

void report_init(void);
/* Just before the app's first instruction; where a position-independent app lies, or 0. */
void report_boot(uint64_t app_base);
/* A PCI device of the enclave's: whether its configuration space answers, and what its first
 * register holds; NULL: it has none that can be reached. */
void report_device(const struct diver_device *device, bool configured, const uint32_t *value);
void report_exit(int status);
/* `fault_address` for faults, NULL for signals sent; `reason` explains a kill of ours, or NULL. */
void report_killed(int signal, const uint64_t *fault_address, const struct frame *frame,
                   const char *reason);
void report_panic(const char *message);
void report_refused(const char *message);
