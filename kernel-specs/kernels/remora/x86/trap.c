/* Where traps go: to the app as a signal, to the timer, or into a panic. */
#include "remora/delegate.h"
#include "remora/lib.h"
#include "remora/memory.h"
#include "remora/process.h"
#include "remora/x86.h"

#include <diver/enclave.h>

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

static void page_fault(struct frame *frame) {
    uint64_t address = read_cr2();
    if (space_grow_stack(address))
        return;
    process_fault(frame, address);
}

void trap_handle(struct frame *frame) {
    if (frame->vector == VECTOR_TIMER || frame->vector == DIVER_WAKE_VECTOR)
        apic_acknowledge();
    else if (frame->vector == VECTOR_DOORBELL)
        delegate_rung();
    else if (frame->vector == VECTOR_SPURIOUS)
        return;
    else if (!frame_is_user(frame) || frame->vector == VECTOR_NMI || frame->vector == VECTOR_DF ||
             frame->vector == VECTOR_MC)
        panic_on(frame);
    else if (frame->vector == VECTOR_PF)
        page_fault(frame);
    else if (frame->vector < VECTOR_TIMER)
        process_fault(frame, frame->rip);
    /* other vectors: nobody sends them, and a stray one is not the app's fault */
}
