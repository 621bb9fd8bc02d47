/* Turns on what the processor has. */
#include "remora/lib.h"
#include "remora/x86.h"

#define CR4_SMEP (1u << 20)
#define CR4_SMAP (1u << 21)
#define CR4_UMIP (1u << 11)

#define LEAF7_EBX_SMEP (1u << 7)
#define LEAF7_EBX_SMAP (1u << 20)
#define LEAF7_ECX_UMIP (1u << 2)

#define LEAF1_ECX_RDRAND (1u << 30)

extern void syscall_entry(void);

static void enable_protection(void) {
    if (cpuid(0, 0).eax < 7)
        return;
    struct cpuid leaf7 = cpuid(7, 0);
    uint64_t cr4;
    __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
    if (leaf7.ebx & LEAF7_EBX_SMEP)
        cr4 |= CR4_SMEP;
    if (leaf7.ebx & LEAF7_EBX_SMAP)
        cr4 |= CR4_SMAP;
    if (leaf7.ecx & LEAF7_ECX_UMIP)
        cr4 |= CR4_UMIP;
    __asm__ volatile("mov %0, %%cr4" ::"r"(cr4));
}

/* SYSRET takes the user selectors from STAR's upper half: SS at +8, CS at +16. */
static void enable_syscall(void) {
    write_msr(MSR_STAR, (uint64_t)(USER_CS - 16) << 48 | (uint64_t)KERNEL_CS << 32);
    write_msr(MSR_LSTAR, (uint64_t)syscall_entry);
    write_msr(MSR_SFMASK, RFLAGS_TF | RFLAGS_IF | RFLAGS_DF | RFLAGS_AC | 0x4000 /* NT */);
}

void cpu_init(void) {
    enable_protection();
    enable_syscall();
}

void cpu_log(void) {
    uint64_t cr4;
    __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
    log_line("cpu:%s%s%s, vector state 0x%lx", cr4 & CR4_SMEP ? " SMEP" : "",
             cr4 & CR4_SMAP ? " SMAP" : "", cr4 & CR4_UMIP ? " UMIP" : "", fpu_features());
}

uint32_t cpu_hwcap(void) {
    return cpuid(1, 0).edx;
}

bool cpu_has_rdrand(void) {
    return cpuid(1, 0).ecx & LEAF1_ECX_RDRAND;
}
