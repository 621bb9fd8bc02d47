/* The app's x87 and vector state. The kernel is compiled without it, so it is only ever moved. */
#include "remora/lib.h"
#include "remora/x86.h"

#define CR4_OSFXSR     (1u << 9)
#define CR4_OSXMMEXCPT (1u << 10)
#define CR4_OSXSAVE    (1u << 18)

#define LEAF1_ECX_XSAVE (1u << 26)

#define XCR0_X87_SSE 0x03u
#define XCR0_AVX     0x04u
#define XCR0_AVX512  0xe0u /* opmask, upper halves of ZMM0-15, ZMM16-31: all or none */

#define FXSAVE_SIZE       512
#define MXCSR_OFFSET      24
#define MXCSR_MASK_OFFSET 28
#define FCW_DEFAULT       0x37f
#define MXCSR_DEFAULT     0x1f80
#define XSTATE_BV         (FXSAVE_SIZE / 8) /* the XSAVE header, in 64-bit words */
#define XCOMP_BV          (FXSAVE_SIZE / 8 + 1)
#define HEADER_END        (FXSAVE_SIZE / 8 + 8)

static struct {
    uint64_t features; /* XCR0; 0 without XSAVE */
    size_t size;
    uint32_t mxcsr_mask;
} fpu = {.size = FXSAVE_SIZE};

static void enable(uint32_t bits) {
    uint64_t cr4;
    __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
    __asm__ volatile("mov %0, %%cr4" ::"r"(cr4 | bits));
}

static void enable_xsave(void) {
    enable(CR4_OSXSAVE);
    uint64_t offered = cpuid(0xd, 0).eax;
    fpu.features = offered & (XCR0_X87_SSE | XCR0_AVX);
    if ((offered & XCR0_AVX512) == XCR0_AVX512)
        fpu.features |= XCR0_AVX512;
    __asm__ volatile("xsetbv" ::"c"(0), "a"((uint32_t)fpu.features), "d"(0));
    fpu.size = cpuid(0xd, 0).ebx; /* of what XCR0 now holds */
    if (fpu.size > FPU_STATE_MAX)
        panic("vector state of %lu bytes is larger than remora's %d", fpu.size, FPU_STATE_MAX);
}

/* The MXCSR bits that exist; FXSAVE says so, with 0 for a processor before SSE2. */
static void read_mxcsr_mask(void) {
    static uint8_t state[FPU_STATE_MAX] __attribute__((aligned(64)));
    fpu_save(state);
    memcpy(&fpu.mxcsr_mask, state + MXCSR_MASK_OFFSET, 4);
    if (fpu.mxcsr_mask == 0)
        fpu.mxcsr_mask = 0xffbf;
}

/* The state that a program starts with (psABI, 3.4.1): all zero but for the two control words. */
void fpu_reset(void) {
    static uint8_t state[FPU_STATE_MAX] __attribute__((aligned(64)));
    memcpy(state, &(uint16_t){FCW_DEFAULT}, 2);
    memcpy(state + MXCSR_OFFSET, &(uint32_t){MXCSR_DEFAULT}, 4);
    fpu_load(state);
}

void fpu_init(void) {
    enable(CR4_OSFXSR | CR4_OSXMMEXCPT);
    if (cpuid(1, 0).ecx & LEAF1_ECX_XSAVE)
        enable_xsave();
    read_mxcsr_mask();
    fpu_reset();
}

size_t fpu_state_size(void) {
    return fpu.size;
}

uint64_t fpu_features(void) {
    return fpu.features;
}

void fpu_save(void *state) {
    if (fpu.features)
        __asm__ volatile("xsave64 (%0)" ::"r"(state), "a"(-1), "d"(-1) : "memory");
    else
        __asm__ volatile("fxsave64 (%0)" ::"r"(state) : "memory");
}

void fpu_load(const void *state) {
    if (fpu.features)
        __asm__ volatile("xrstor64 (%0)" ::"r"(state), "a"(-1), "d"(-1) : "memory");
    else
        __asm__ volatile("fxrstor64 (%0)" ::"r"(state) : "memory");
}

void fpu_sanitize(void *state) {
    uint32_t mxcsr;
    memcpy(&mxcsr, (uint8_t *)state + MXCSR_OFFSET, 4);
    mxcsr &= fpu.mxcsr_mask;
    memcpy((uint8_t *)state + MXCSR_OFFSET, &mxcsr, 4);
    if (!fpu.features)
        return;
    uint64_t *words = state;
    words[XSTATE_BV] &= fpu.features;
    for (int i = XCOMP_BV; i < HEADER_END; i++)
        words[i] = 0;
}
