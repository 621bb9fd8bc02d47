/* The boot, from 64-bit mode to the app's first instruction. */
#include "remora/boot.h"
#include "remora/component.h"
#include "remora/delegate.h"
#include "remora/device.h"
#include "remora/lib.h"
#include "remora/memory.h"
#include "remora/process.h"
#include "remora/random.h"
#include "remora/report.h"
#include "remora/thread.h"
#include "remora/version.h"
#include "remora/x86.h"

static struct words words;

static void log_machine(void) {
    log_line("remora %s, %lu MiB of memory", REMORA_VERSION, frames_total() / MIB(1));
    cpu_log();
}

_Noreturn void kernel_main(struct boot_info *boot) {
    clock_init(boot);            /* calibration runs beside the rest of the boot */
    cpu_init();                  /* protection bits, system call instruction */
    fpu_init();                  /* x87 and vector state for the app */
    cores_init();                /* traps are caught from here on */
    words_init(boot, &words);    /* the kernel's options, the app's environment and arguments */
    frames_init(boot);           /* physical memory */
    direct_init(boot);           /* the kernel's final mapping */
    cores_find(boot);            /* how many there are */
    threads_init();              /* the first, which this is from here on */
    delegate_init(boot);         /* the channel to the agent, if there is one */
    log_machine();               /* what this is and runs on */
    ports_init();                /* virtio-serial, where there is no agent */
    report_init();               /* from here on Diver hears of a panic */
    devices_list(boot);          /* what an enclave was given beside cores and memory */
    console_init();              /* stdin, stdout, stderr */
    random_init();               /* RDRAND, or a seed */
    components_init();           /* what a net linked into its kernel */
    process_start(boot, &words); /* loads the app and enters it */
}
