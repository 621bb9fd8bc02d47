/*
 * The app's memory as the agent sees it: at the app's own addresses, so that pointers are forwarded
 * as they are. Every pointer that comes from the kernel's side passes here.
 *
 * The guest is hostile: it may write its page tables and the channel at any time. Whatever it
 * writes, only memory of the enclave is ever mapped, and only below WINDOW_END; what an address
 * leads to may change behind a check, but only to other memory of the enclave, or to none (EFAULT).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WINDOW_START 0x10000ull
#define WINDOW_END   0x7e0000000000ull

/* The enclave's memory: where it is for the enclave, and in which file at which offset for the
 * agent. */
struct region {
    uint64_t physical, bytes;
    uint64_t offset;
};

#define REGIONS_MAX 64

/* `descriptor` of the file that holds the regions; it is kept. */
void window_init(int descriptor, const struct region *regions, size_t count);

/* The enclave's memory at a physical address, mapped writable for good; NULL if any byte lies
 * outside of it. A range that crosses a multiple of 2 MiB is mapped anew for each call: only for
 * what is asked for once. Only while there is one thread. */
void *window_physical(uint64_t physical, size_t bytes);

/* Copies from there; false if any byte lies outside. */
bool window_read_physical(void *to, uint64_t physical, size_t bytes);

/* From now on the app's page tables are these. */
void window_page_table(uint64_t root);

enum access { ACCESS_READ = 1, ACCESS_WRITE = 2 };

/* Where memory is mirrored, mirrors what is not yet of a range of the app's addresses. False if a
 * page is missing or lacks the access: *fault is the first address that does. Empty ranges are
 * always there. */
bool window_check(uint64_t address, uint64_t bytes, unsigned access, uint64_t *fault);

/* Where the agent sees a range of the app's memory (view.h); NULL if it is not there, lacks the
 * access, or is in pieces. For calls that are over before the kernel is answered again. */
void *window_place(uint64_t address, uint64_t bytes, unsigned access);

/* The same for a string of at most `limit` bytes that ends with NUL; its length goes to *length,
 * which is `limit` if it is longer. */
bool window_check_string(uint64_t address, size_t limit, size_t *length, uint64_t *fault);

/* Copies out of the app's memory. False, with *fault, if a page is missing. */
bool window_read(void *to, uint64_t from, size_t bytes, uint64_t *fault);
/* Copies into the app's memory; the same. */
bool window_write(uint64_t to, const void *from, size_t bytes, uint64_t *fault);

/* Forgets what is mirrored of the pages that the range touches. */
void window_drop(uint64_t start, uint64_t end);
void window_drop_all(void);

/* How often something was forgotten, for want of room, too. Grows before it is unmapped. */
uint64_t window_drops(void);

/* Bytes that have been mirrored, in all. */
uint64_t window_mirrored(void);
