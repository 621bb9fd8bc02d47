/* The processor: its instructions, its tables, traps, and time. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- selectors: the values that Linux uses, since apps see them in signal frames --- */

#define KERNEL_CS 0x10
#define KERNEL_SS 0x18
#define USER_SS   0x2b
#define USER_CS   0x33

#define RFLAGS_TF 0x100u
#define RFLAGS_IF 0x200u
#define RFLAGS_DF 0x400u
#define RFLAGS_RF 0x10000u
#define RFLAGS_AC 0x40000u
/* What an app may set through a signal frame: the arithmetic flags, DF, TF, RF, AC, ID. */
#define RFLAGS_USER 0x250dd5u

/* --- instructions --- */

static inline void outb(uint16_t port, uint8_t value) {
    __asm__ volatile("outb %0, %1" ::"a"(value), "Nd"(port));
}

static inline void outw(uint16_t port, uint16_t value) {
    __asm__ volatile("outw %0, %1" ::"a"(value), "Nd"(port));
}

static inline void outl(uint16_t port, uint32_t value) {
    __asm__ volatile("outl %0, %1" ::"a"(value), "Nd"(port));
}

static inline uint8_t inb(uint16_t port) {
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline uint32_t inl(uint16_t port) {
    uint32_t value;
    __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

#define MSR_APIC_BASE      0x0000001bu
#define MSR_EFER           0xc0000080u
#define MSR_STAR           0xc0000081u
#define MSR_LSTAR          0xc0000082u
#define MSR_SFMASK         0xc0000084u
#define MSR_FS_BASE        0xc0000100u
#define MSR_GS_BASE        0xc0000101u
#define MSR_KERNEL_GS_BASE 0xc0000102u

static inline uint64_t read_msr(uint32_t msr) {
    uint32_t low, high;
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return (uint64_t)high << 32 | low;
}

static inline void write_msr(uint32_t msr, uint64_t value) {
    __asm__ volatile("wrmsr" ::"c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
}

static inline uint64_t read_tsc(void) {
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high)::"memory");
    return (uint64_t)high << 32 | low;
}

static inline uint64_t read_cr2(void) {
    uint64_t value;
    __asm__ volatile("mov %%cr2, %0" : "=r"(value));
    return value;
}

/* Between two looks at what another core or the agent is to change. Under emulation PAUSE leaves
 * the code that runs, so it comes only now and then. */
static inline void relax(unsigned looks) {
    if (looks % 64 == 0)
        __asm__ volatile("pause");
}

struct cpuid {
    uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid(uint32_t leaf, uint32_t subleaf) {
    struct cpuid r;
    __asm__ volatile("cpuid"
                     : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
                     : "a"(leaf), "c"(subleaf));
    return r;
}

/* --- cpu.c, tables.c: one core and its tables --- */

#define CORES_MAX 64 /* as many as fit a mask, and as the channel has rings */

struct __attribute__((packed)) tss {
    uint32_t reserved0;
    uint64_t rsp[3];
    uint64_t reserved1;
    uint64_t ist[7];
    uint64_t reserved2;
    uint16_t reserved3;
    uint16_t io_map;
};

struct thread;
struct syscall_count;

/* One core, reached through GS in the kernel; entry.S knows the offsets of the first fields. */
struct cpu {
    uint64_t kernel_stack; /* top of the stack that entries from ring 3 use */
    uint64_t user_rsp;     /* scratch of the system call entry */
    struct cpu *self;
    struct thread *current;       /* NULL: none, it idles on its own stack */
    struct syscall_count *counts; /* its own, by number */
    uint32_t index, apic_id;
    struct tss tss;
    uint64_t gdt[10];
    bool started;

    /* Others write these. */
    bool attention;   /* look at signals and at whose turn it is */
    uint64_t flushed; /* the last flush request it has seen to (requests.c) */

    /* Under the kernel lock. */
    struct thread *turn;   /* of the ring of its threads: whose turn it was last */
    unsigned thread_count; /* in that ring */
    struct thread *ended;  /* whose memory can go once its stack is left */
    uint64_t idle_stack;   /* top of its own stack */
    bool idle;             /* runs nobody: it sees to flush requests when it stops idling */
    bool halted;           /* … and needs an interrupt to look again */
    uint64_t alarm;        /* when a timer of the app interrupts it; FOREVER: none does */
    bool settle;           /* its alarm has changed, or its threads are to be shared out anew */
    bool leaving;          /* … until it has none, and is given back */
};

static inline struct cpu *cpu_current(void) {
    struct cpu *cpu;
    __asm__ volatile("mov %%gs:16, %0" : "=r"(cpu));
    return cpu;
}

/* Of this core, from 0 on. */
static inline unsigned cpu_index(void) {
    return cpu_current()->index;
}

/* Turns on what the processor has: SMEP, SMAP, system call instruction, vector state. */
void cpu_init(void);
/* Says on the log what cpu_init and fpu_init have turned on. */
void cpu_log(void);
/* GDT, TSS, IDT of this core, and GS. `fault_stack`: top of one for traps that trust no other. */
void tables_init(struct cpu *cpu, uint64_t stack, uint64_t fault_stack);
/* Where entries from ring 3 begin on this core. */
void cpu_set_stack(struct cpu *cpu, uint64_t top);

/* --- cores.c: several of them --- */

struct boot_info;

/* By number; NULL: there is none, or no longer. Those that have ever been there are the first
 * cpu_count. Both change under the kernel lock only. */
extern struct cpu *cpus[CORES_MAX];
extern unsigned cpu_count;
extern uint64_t cores_running; /* those that threads may run on, a bit for each number */

/* The next one there is, by number: of NULL the first, of the last NULL. */
static inline struct cpu *core_after(const struct cpu *cpu) {
    for (unsigned i = cpu ? cpu->index + 1 : 0; i < cpu_count; i++)
        if (cpus[i])
            return cpus[i];
    return NULL;
}

/* The first core, on which this runs. */
void cores_init(void);
/* Learns how many there are, from the agent or from ACPI. */
void cores_find(const struct boot_info *boot);
/* Starts them: they idle. Those that do not start are not counted. */
void cores_start(const struct boot_info *boot);

/* These two are asked for by the agent, under the kernel lock; 0 or a negated error number, as
 * diver/enclave.h has them. The first gives the lock up meanwhile. */
int core_add(uint32_t index, uint32_t apic_id);
/* Its threads go elsewhere. When the last has left it is on its own stack, and calls core_left. */
int core_remove(uint32_t index);
/* This core is none of ours any more, but for its memory, in which it runs until it has halted. */
void core_left(void);
_Noreturn void core_halt(void);
/* The agent has stopped, with INIT, what core_left has left: its memory is free. */
void cores_reap(void);

/* --- requests.c: what they ask of each other --- */

/* Ends the others, wherever they are: the caller is the last. */
void cores_stop(void);
/* Interrupts the core if it halts or is in ring 3. */
void core_kick(struct cpu *cpu);
/* Lets it see to its alarm and to its threads, on itself. Under the kernel lock. */
void core_settle(struct cpu *cpu);
/* Returns when no other core has a translation of this range any more. Under the kernel lock. */
void cores_flush(uint64_t start, uint64_t end);
/* The same for the kernel's half, of which idle cores, too, have translations. */
void cores_flush_kernel(void);
/* Sees to what other cores want at once; whoever spins with interrupts off calls it. */
void core_attend(void);
/* After idling, during which flush requests were left alone. Under the kernel lock. */
void core_catch_up(void);

/* CPUID's leaf 1 EDX, which Linux passes to apps as AT_HWCAP. */
uint32_t cpu_hwcap(void);
bool cpu_has_rdrand(void);

/* --- fpu.c: x87, SSE, AVX, AVX-512 state, which the kernel itself never uses --- */

#define FPU_STATE_MAX 4096

/* Enables all vector state that the processor has (but none that needs asking for, as AMX). */
void fpu_init(void);
/* The state that a program starts with. */
void fpu_reset(void);
/* Bytes of the state as XSAVE (or FXSAVE) stores it; at most FPU_STATE_MAX. */
size_t fpu_state_size(void);
/* The components in it, as in XCR0; 0 where the processor only has FXSAVE. */
uint64_t fpu_features(void);
/* `state`: 64-byte aligned. fpu_load needs a state that fpu_sanitize has accepted. */
void fpu_save(void *state);
void fpu_load(const void *state);
/* Makes any bytes loadable: reserved bits that would fault are cleared. */
void fpu_sanitize(void *state);

/* --- traps --- */

/* What entry.S pushes, for traps and system calls alike; the order is entry.S's. */
struct frame {
    uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8;
    uint64_t rax, rcx, rdx, rsi, rdi;
    uint64_t vector; /* of the trap; VECTOR_SYSCALL for a system call */
    uint64_t error;  /* the trap's error code; a system call's number */
    uint64_t rip, cs, rflags, rsp, ss;
};

#define VECTOR_DE       0
#define VECTOR_DB       1
#define VECTOR_NMI      2
#define VECTOR_BP       3
#define VECTOR_OF       4
#define VECTOR_UD       6
#define VECTOR_DF       8
#define VECTOR_NP       11
#define VECTOR_SS       12
#define VECTOR_GP       13
#define VECTOR_PF       14
#define VECTOR_MF       16
#define VECTOR_AC       17
#define VECTOR_MC       18
#define VECTOR_XM       19
#define VECTOR_TIMER    0x20
#define VECTOR_DOORBELL 0xf1 /* of COM2; 0xf0 is DIVER_WAKE_VECTOR */
#define VECTOR_CORE     0xf2 /* from another core */
#define VECTOR_SPURIOUS 0xff
#define VECTOR_SYSCALL  0x100
#define VECTOR_NONE     0x101 /* of a frame that rt_sigreturn has restored */

static inline bool frame_is_user(const struct frame *frame) {
    return (frame->cs & 3) == 3;
}

/* entry.S calls these. */
void trap_handle(struct frame *frame);
void syscall_handle(struct frame *frame);

/* Writes a register dump to the kernel log. */
void frame_log(const struct frame *frame);
/* Leaves the kernel through `frame`; the caller's stack is abandoned. */
_Noreturn void enter_user(struct frame *frame);

/* --- clock.c: time from the TSC --- */

struct boot_info;

/* Starts calibration, in whose few milliseconds the rest of the boot runs. */
void clock_init(const struct boot_info *boot);
/* Ends calibration, waiting only if the boot was quicker than it needs. */
void clock_ready(void);
/* Nanoseconds since kernel entry. Meaningful after clock_ready. */
uint64_t clock_now(void);
/* Nanoseconds in so many ticks of the TSC. Meaningful after clock_ready. */
uint64_t clock_of(uint64_t ticks);
/* Nanoseconds since 1970, UTC: the RTC's second at boot and the TSC since. */
uint64_t clock_wall(void);
#define FOREVER UINT64_MAX /* a deadline that never comes */
/* Waits without letting anybody else run here; halts now and then. */
void wait_holding(bool (*ready)(void *), void *argument);

/* The TSC as the kernel was entered (entry.S stores it), or as the agent sent INIT. */
extern uint64_t entry_tsc;

/* --- apic.c: the local APIC: its timer, and interrupts to other cores --- */

void apic_init(bool x2apic);
uint32_t apic_id(void);
/* Halts until an interrupt, `nanoseconds` from now at the latest (unless that is FOREVER). */
void apic_halt(uint64_t nanoseconds);
/* One interrupt VECTOR_TIMER, `nanoseconds` from now or earlier (its count has 32 bits). */
void apic_arm(uint64_t nanoseconds);
void apic_send(uint32_t apic_id, uint8_t vector);
/* INIT, then start-up at `page`, which is below 1 MiB (Intel SDM volume 3, 8.4.4). */
void apic_send_init(uint32_t apic_id);
void apic_send_startup(uint32_t apic_id, uint64_t page);
/* Raw timer count, for calibration: it counts down from apic_count_start's moment. */
void apic_count_start(void);
uint32_t apic_counted(void);
void apic_set_frequency(uint64_t hertz);
void apic_acknowledge(void);
