/* Physical frames, page tables, the app's address space, and the one way into its memory. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_SIZE  0x1000ull
#define LARGE_PAGE 0x200000ull

/* --- layout --- */

#define KERNEL_BASE 0xffffffff80000000ull /* the kernel's image: physical - physical_base + it */
#define DIRECT_BASE 0xffff800000000000ull /* all of RAM: physical + DIRECT_BASE */
#define DIRECT_MAX  (512ull << 30)        /* of a physical address */

#define USER_BASE   0x10000ull        /* below it nothing is ever mapped: null pointers fault */
#define PIE_BASE    0x555555400000ull /* where position-independent executables go */
#define STACK_TOP   0x7dffffe00000ull /* from USER_END on, addresses are the agent's own */
#define STACK_LIMIT MIB(8)
#define MMAP_TOP    (STACK_TOP - STACK_LIMIT - LARGE_PAGE) /* mmap goes down from here */
#define USER_END    0x7e0000000000ull                      /* first address past user space */

static inline void *physical_to_kernel(uint64_t physical) {
    return (void *)(physical + DIRECT_BASE);
}

/* Where the kernel's physical memory begins: 0, or where the enclave does. */
extern uint64_t physical_base;

/* Of a pointer into the kernel's image or into the direct map. */
static inline uint64_t kernel_to_physical(const void *pointer) {
    uint64_t address = (uint64_t)pointer;
    return address >= KERNEL_BASE ? address - KERNEL_BASE + physical_base : address - DIRECT_BASE;
}

/* --- frames.c: physical memory, 4 KiB at a time --- */

struct boot_info;

void frames_init(const struct boot_info *boot);
/* Contiguous, aligned to `alignment` (a power of two, at least PAGE_SIZE); 0 if there is none. */
uint64_t frames_alloc(uint64_t bytes, uint64_t alignment);
void frames_free(uint64_t physical, uint64_t bytes);
uint64_t frames_total(void); /* bytes, all RAM from 1 MiB up */
uint64_t frames_unused(void);
uint64_t frames_peak(void); /* most bytes in use at once, the kernel's included */

/* --- resize.c: more and less of it; 0 or a negated error number, as diver/enclave.h has them ---
 */

struct diver_region;

struct removal {
    uint64_t bytes, from, to, unit;
};

int memory_add(uint64_t start, uint64_t bytes);
/* *removable: how many bytes of that range could go in such units. */
int memory_remove(const struct removal *wanted, struct diver_region *ranges, uint32_t *count,
                  uint64_t *removable);

/* --- direct.c, pagetable.c --- */

/* How much behind the kernel's image is mapped from the start, both at KERNEL_BASE and directly. */
#define BOOT_MAPPED (physical_base ? MIB(16) : GIB(1))

/* The tables of an enclave that begins at physical_base: until direct_init, its first 16 MiB and
 * the device registers below 4 GiB. Switches to them. */
void direct_enclave(void);

#define PROT_NONE  0u
#define PROT_READ  1u
#define PROT_WRITE 2u
#define PROT_EXEC  4u
#define PROT_ALL   7u

/* Maps all RAM at DIRECT_BASE, and drops the mapping at 0 that the boot needed. */
void direct_init(const struct boot_info *boot);

/* Maps whole chunks, of which nothing is mapped; 0, -EINVAL (something is) or -ENOMEM. */
int direct_add(uint64_t start, uint64_t end);
/* Takes them away; cores may still have translations. */
void direct_remove(uint64_t start, uint64_t end);

/* Maps a device's registers, uncached; false where they are no registers that can be: out of reach,
 * or memory. */
bool direct_device(uint64_t physical, uint64_t bytes);

/* Whether physical_to_kernel's mapping has all of these bytes. */
bool direct_has(uint64_t physical, uint64_t bytes);
/* Maps the first 2 MiB of the machine directly, or takes that away: in an enclave they are not
 * ours, but for one page that cores start from. */
void direct_low(bool mapped);

/* The physical address of the root of the one tree there is. */
uint64_t pagetable_root(void);
/* Puts frames under every page of the range that has none; false if memory is out (some may). */
bool pagetable_populate(uint64_t start, uint64_t end, unsigned prot, bool zero);
/* Maps memory that is not this kernel's alone in a range that has none; false if memory for tables
 * is out (some may be mapped). */
bool pagetable_share(uint64_t start, uint64_t end, uint64_t physical, unsigned prot);
/* These two split large pages at the range's ends; false if there is no frame for that. */
bool pagetable_protect(uint64_t start, uint64_t end, unsigned prot);
bool pagetable_clear(uint64_t start, uint64_t end);
/* Zeroes what is there. */
void pagetable_zero(uint64_t start, uint64_t end);
/* Moves pages (no bytes); `from` and `to` are congruent modulo LARGE_PAGE or pages are split. */
bool pagetable_move(uint64_t from, uint64_t to, uint64_t bytes);
/* The physical address, and how many bytes follow it in its page; false if it lacks `access`.
 * With PROT_NONE it is enough that there is a frame. */
bool pagetable_find(uint64_t address, unsigned access, uint64_t *physical, uint64_t *left);

/* --- space.c: the app's areas --- */

/*
 * The memory of stacks and of reservations comes when it is touched, that of the others when they
 * are added. AREA_IMAGE and AREA_FILE are not zeroed: who adds them fills them. AREA_STREAM is
 * memory of a stream (syscall/shared.c).
 */
enum area_kind {
    AREA_IMAGE,
    AREA_HEAP,
    AREA_STACK,
    AREA_THREAD_STACK,
    AREA_RESERVED,
    AREA_MAPPED,
    AREA_FILE,
    AREA_SHARED_FILE,
    AREA_STREAM
};

struct area {
    uint64_t start, end;
    uint8_t prot;
    uint8_t kind;
};

void space_init(void);
/* All return 0 or a negative error number; addresses and sizes are whole pages. */
int space_add(uint64_t start, uint64_t end, unsigned prot, enum area_kind kind);
/* The same with memory that is shared with another kernel, which begins there. */
int space_share(uint64_t start, uint64_t end, uint64_t physical, unsigned prot);
int space_remove(uint64_t start, uint64_t end);
int space_protect(uint64_t start, uint64_t end, unsigned prot);
/* Moves what is mapped in the range to `target`, which is free; the range itself stays an area. */
int space_move(uint64_t start, uint64_t end, uint64_t target, struct area like);
/* The area of this address; NULL if there is none. */
const struct area *space_find(uint64_t address);
/* True if nothing is mapped there. */
bool space_is_free(uint64_t start, uint64_t end);
/* True if areas cover it without a hole. */
bool space_is_covered(uint64_t start, uint64_t end);
/* The highest free range below MMAP_TOP; 0 if there is none. */
uint64_t space_find_gap(uint64_t bytes, uint64_t alignment);
/* Brings memory that comes when it is touched; false if it is there, or none is to come, or memory
 * is out. */
bool space_bring(uint64_t address);
/* Memory is to come there and has not. */
bool space_lacks(uint64_t address);
/* What of a range has come when it was touched is given back; the rest is zeroed where it is. */
void space_forget(uint64_t start, uint64_t end);

/* --- file.c: copies of the agent's files --- */

/* Whether what this descriptor leads to can be mapped; 0, or the error that mmap answers. */
int file_check(int descriptor, bool shared, unsigned prot);
/* Maps a copy of the file from `offset` on in a free range, and zeros where the file has ended. */
int file_map(uint64_t start, uint64_t end, unsigned prot, enum area_kind kind, int descriptor,
             uint64_t offset);

/* --- heap.c: brk --- */

void heap_init(uint64_t start);
uint64_t heap_set(uint64_t end);
uint64_t heap_bytes(void);

/* --- user.c: the one checked path to the app's memory --- */

struct span;

/* All are false if any byte of the range lacks the access; then nothing has been copied. Without
 * the kernel lock also where memory has to be brought first. */
bool user_read(void *to, uint64_t from, size_t size);
bool user_write(uint64_t to, const void *from, size_t size);
bool user_zero(uint64_t to, size_t size);
bool user_check(uint64_t address, size_t size, unsigned access);
/* The longest physically contiguous start of the range, which must not be empty. */
bool user_span(uint64_t address, uint64_t size, unsigned access, struct span *span);
