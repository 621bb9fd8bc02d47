/* The app's beginning and end. */
#include "remora/process.h"
#include "remora/delegate.h"
#include "remora/descriptors.h"
#include "remora/device.h"
#include "remora/errno.h"
#include "remora/lib.h"
#include "remora/memory.h"
#include "remora/report.h"
#include "remora/resize.h"
#include "remora/shared.h"
#include "remora/signal.h"
#include "remora/syscall.h"
#include "remora/thread.h"

_Noreturn static void refuse(const char *why) {
    log_line("refused: %s", why);
    report_refused(why);
    delegate_end(DIVER_END_REFUSED, 0);
    machine_power_off();
}

_Noreturn static void enter(const struct executable *executable, uint64_t stack) {
    struct frame frame = {
        .rip = executable->start,
        .cs = USER_CS,
        .rflags = RFLAGS_IF | 2 /* always set */,
        .rsp = stack,
        .ss = USER_SS,
    };
    clock_ready();
    report_boot(executable->base);
    cpu_set_stack(cpu_current(), thread_current()->stack_top);
    thread_current()->runs_since = clock_now();
    kernel_unlock();
    enter_user(&frame);
}

_Noreturn void process_start(struct boot_info *boot, struct words *words) {
    if (boot->app.start == boot->app.end)
        refuse("there is no app: no boot module was given");
    const char *problem = words->problem ? words->problem : dispatch_init(options.forward);
    if (!problem)
        problem = shared_init();
    if (problem)
        refuse(problem);
    space_init();
    struct executable executable = {0};
    uint64_t size = boot->app.end - boot->app.start;
    problem = elf_load(physical_to_kernel(boot->app.start), size, &executable);
    if (problem)
        refuse(problem);
    frames_free(align_down(boot->app.start, PAGE_SIZE),
                align_up(boot->app.end, PAGE_SIZE) - align_down(boot->app.start, PAGE_SIZE));
    descriptors_init();
    heap_init(executable.end);
    uint64_t stack = stack_build(&executable, words);
    if (stack == 0)
        refuse("the app does not fit: no memory left for its stack");
    cores_start(boot);
    resize_init(boot);
    enter(&executable, stack);
}

_Noreturn void process_exit(int status) {
    cores_stop();
    shared_end(0);
    report_exit(status);
    delegate_end(DIVER_END_EXIT, status);
    machine_power_off();
}

_Noreturn void process_killed(int signal, const uint64_t *fault_address, const struct frame *frame,
                              const char *reason) {
    cores_stop();
    shared_end(ECONNRESET);
    log_line("killed by signal %d%s%s", signal, reason ? ": " : "", reason ? reason : "");
    frame_log(frame);
    report_killed(signal, fault_address, frame, reason);
    delegate_end(DIVER_END_SIGNAL, signal);
    machine_power_off();
}

_Noreturn void process_deadlock(const struct frame *frame, const char *reason) {
    process_killed(SIGKILL, NULL, frame, reason);
}
