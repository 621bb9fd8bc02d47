/* Where traps go: to the app as a signal, to the timer, or into a panic. */
#include "remora/delegate.h"
#include "remora/lib.h"
#include "remora/memory.h"
#include "remora/process.h"
#include "remora/resize.h"
#include "remora/signal.h"
#include "remora/thread.h"
#include "remora/timer.h"
#include "remora/x86.h"

#include <diver/enclave.h>

/* In a page fault's error code. */
#define ERROR_WRITE 2u
#define ERROR_FETCH 16u

static const char *const names[32] = {
    [VECTOR_DE] = "division error",
    [VECTOR_NMI] = "NMI",
    [VECTOR_UD] = "invalid opcode",
    [VECTOR_DF] = "double fault",
    [VECTOR_NP] = "segment not present",
    [VECTOR_SS] = "stack segment fault",
    [VECTOR_GP] = "general protection fault",
    [VECTOR_PF] = "page fault",
    [VECTOR_MC] = "machine check",
};

void frame_log(const struct frame *f) {
    log_line("rip %016lx  rsp %016lx  rflags %016lx", f->rip, f->rsp, f->rflags);
    log_line("rax %016lx  rbx %016lx  rcx %016lx  rdx %016lx", f->rax, f->rbx, f->rcx, f->rdx);
    log_line("rsi %016lx  rdi %016lx  rbp %016lx  r8  %016lx", f->rsi, f->rdi, f->rbp, f->r8);
    log_line("r9  %016lx  r10 %016lx  r11 %016lx  r12 %016lx", f->r9, f->r10, f->r11, f->r12);
    log_line("r13 %016lx  r14 %016lx  r15 %016lx  cr2 %016lx", f->r13, f->r14, f->r15, read_cr2());
}

_Noreturn static void panic_on(const struct frame *frame) {
    const char *name = frame->vector < ARRAY_SIZE(names) ? names[frame->vector] : NULL;
    frame_log(frame);
    panic("trap %lu (%s) in the kernel, error 0x%lx, rip 0x%lx, cr2 0x%lx", frame->vector,
          name ? name : "unexpected", frame->error, frame->rip, read_cr2());
}

static void page_fault(struct frame *frame, uint64_t address) {
    unsigned access = frame->error & ERROR_WRITE ? PROT_WRITE : PROT_READ;
    uint64_t physical, left;
    if (frame->error & ERROR_FETCH)
        access = PROT_EXEC;
    if (space_bring(address))
        return;
    if (address < USER_END && pagetable_find(address, access, &physical, &left))
        return; /* another thread has brought it, or given the access, meanwhile */
    if (space_lacks(address))
        process_killed(SIGKILL, &address, frame, "no memory is left for what it touches");
    process_fault(frame, address);
}

/* The app was at work; it goes on with whatever this has brought it. */
static void trap_of_app(struct frame *frame) {
    uint64_t address = read_cr2();
    kernel_lock();
    if (frame->vector == VECTOR_TIMER)
        timer_expire();
    else if (frame->vector == VECTOR_PF)
        page_fault(frame, address);
    else if (frame->vector < VECTOR_TIMER)
        process_fault(frame, frame->rip);
    thread_leave_kernel(frame);
    kernel_unlock();
}

static bool is_interrupt(uint64_t vector) {
    return vector == VECTOR_TIMER || vector == VECTOR_CORE || vector == DIVER_WAKE_VECTOR;
}

/* A Linux beside us sends what is for all of its cores to all that it has ever had (apic_smt_update
 * in Linux's arch/x86/kernel/apic/ipi.c), NMIs, too: these are left alone, but for what the APIC
 * waits for. Nobody knows what a core was doing that an NMI comes to: nothing of it is used. */
static bool is_of_linux(uint64_t vector) {
    if (vector == VECTOR_NMI)
        return physical_base != 0;
    if (vector < VECTOR_TIMER || vector == VECTOR_DOORBELL || is_interrupt(vector))
        return false;
    if (vector != VECTOR_SPURIOUS)
        apic_acknowledge();
    return true;
}

/* In the kernel interrupts come only while a core halts, without the lock. */
void trap_handle(struct frame *frame) {
    bool user = frame_is_user(frame);
    uint64_t vector = frame->vector;
    if (is_of_linux(vector))
        return;
    if (vector == VECTOR_DOORBELL)
        delegate_rung();
    else if (is_interrupt(vector))
        apic_acknowledge();
    else if (!user || vector == VECTOR_NMI || vector == VECTOR_DF || vector == VECTOR_MC)
        panic_on(frame);
    core_attend();
    if (vector == DIVER_WAKE_VECTOR && resize_awaits())
        cpu_current()->attention = true;
    if (user && (vector <= VECTOR_TIMER || cpu_current()->attention))
        trap_of_app(frame);
}
