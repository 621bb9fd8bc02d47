/* Which signal a trap in ring 3 is (Linux, arch/x86/kernel/traps.c, mm/fault.c). */
#include "remora/lib.h"
#include "remora/memory.h"
#include "remora/process.h"
#include "remora/signal.h"

/* The first exception that is flagged and not masked: bits 0 to 5 are IE DE ZE OE UE PE. */
static int float_code(uint32_t flags, uint32_t masks) {
    static const int codes[6] = {FPE_FLTINV, FPE_FLTUND, FPE_FLTDIV,
                                 FPE_FLTOVF, FPE_FLTUND, FPE_FLTRES};
    uint32_t raised = flags & ~masks & 0x3f;
    return raised ? codes[__builtin_ctz(raised)] : SI_KERNEL;
}

static int x87_code(void) {
    uint16_t control, status;
    __asm__ volatile("fnstcw %0; fnstsw %1" : "=m"(control), "=a"(status));
    return float_code(status, control);
}

static int sse_code(void) {
    uint32_t mxcsr;
    __asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
    return float_code(mxcsr, mxcsr >> 7);
}

static struct signal_info info_of(uint64_t vector, uint64_t address) {
    switch (vector) {
    case VECTOR_DE:
        return (struct signal_info){SIGFPE, .code = FPE_INTDIV, .address = address};
    case VECTOR_DB:
        return (struct signal_info){SIGTRAP, .code = TRAP_TRACE, .address = address};
    case VECTOR_BP:
        return (struct signal_info){SIGTRAP, .code = SI_KERNEL};
    case VECTOR_UD:
        return (struct signal_info){SIGILL, .code = ILL_ILLOPN, .address = address};
    case VECTOR_NP:
    case VECTOR_SS:
        return (struct signal_info){SIGBUS, .code = SI_KERNEL};
    case VECTOR_PF:
        return (struct signal_info){
            SIGSEGV, .code = space_find(address) ? SEGV_ACCERR : SEGV_MAPERR, .address = address};
    case VECTOR_MF:
        return (struct signal_info){SIGFPE, .code = x87_code(), .address = address};
    case VECTOR_AC:
        return (struct signal_info){SIGBUS, .code = BUS_ADRALN, .address = address};
    case VECTOR_XM:
        return (struct signal_info){SIGFPE, .code = sse_code(), .address = address};
    default:
        return (struct signal_info){SIGSEGV, .code = SI_KERNEL};
    }
}

void process_fault(struct frame *frame, uint64_t address) {
    struct signal_info info = info_of(frame->vector, address);
    signal_force(frame, &info);
}
