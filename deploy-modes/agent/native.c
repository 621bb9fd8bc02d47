#include "native.h"
#include "clock.h"
#include "confine.h"
#include "lib.h"
#include "report.h"
#include "root.h"
#include "sys.h"

/* The child: what cannot be is told over the pipe, which closes itself when the app starts. */
_Noreturn static void become(const struct options *options, int32_t pipe) {
    struct confinement confinement;
    int32_t hidden = hide(pipe);
    confine(options, false, &confinement);
    sys(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL);
    int32_t error =
        (int32_t)-sys(__NR_execve, options->app, options->arguments, options->environment);
    sys(__NR_write, hidden, &error, sizeof error);
    sys(__NR_exit_group, 127);
    __builtin_unreachable();
}

static int32_t wait_for(int64_t child) {
    int32_t status = 0;
    while (sys(__NR_wait4, child, &status, 0, 0) == -EINTR)
        ;
    return status;
}

#define CLONE_NEWPID 0x20000000

/* Goes on as the first of a namespace's processes: what the app has left running ends with it. */
static void enter_process_namespace(void) {
    int64_t result = sys(__NR_unshare, CLONE_NEWPID);
    int64_t child = is_error(result) ? result : sys(__NR_fork);
    if (is_error(child))
        fail("The app cannot have a process namespace: error %d.", (int)-child);
    if (child == 0) {
        sys(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL);
        return;
    }
    int32_t status = wait_for(child);
    sys(__NR_exit_group, status & 0x7f ? 1 : status >> 8 & 0xff);
}

_Noreturn void native(const struct options *options) {
    int32_t ends[2], error = 0;
    if (!options->app || !options->arguments)
        fail("There is no app to run: --app and its words behind -- are missing.");
    enter_process_namespace();
    if (is_error(sys(__NR_pipe2, ends, O_CLOEXEC)))
        fail("There is no pipe for the app's start.");
    int64_t child = sys(__NR_fork);
    if (child == 0)
        become(options, ends[1]);
    sys(__NR_close, ends[1]);
    while (sys(__NR_read, ends[0], &error, sizeof error) == -EINTR)
        ;
    uint64_t start = nanoseconds(CLOCK_MONOTONIC);
    if (error == 0)
        report_line("{\"event\":\"boot\",\"abi\":1,\"kernel\":\"linux\",\"boot_us\":0}");
    int32_t status = wait_for(child);
    uint64_t passed = (nanoseconds(CLOCK_MONOTONIC) - start) / 1000;
    if (error != 0)
        report_line("{\"event\":\"refused\",\"message\":\"Linux cannot run the app: error %d.\"}",
                    error);
    else if (status & 0x7f)
        report_line("{\"event\":\"signal\",\"signal\":%d,\"run_us\":%lu}", status & 0x7f, passed);
    else
        report_line("{\"event\":\"exit\",\"status\":%d,\"run_us\":%lu}", status >> 8 & 0xff,
                    passed);
    sys(__NR_exit_group, 0);
    __builtin_unreachable();
}

static void stay_on_cores(const struct options *options) {
    uint64_t mask[8192 / 64] = {0};
    for (size_t i = 0; i < options->core_count; i++)
        if (options->cores[i] < 8192)
            mask[options->cores[i] / 64] |= 1ull << (options->cores[i] % 64);
    if (is_error(sys(__NR_sched_setaffinity, 0, sizeof mask, mask)))
        fail("Linux does not have the net's cores.");
}

_Noreturn void native_on_cores(const struct options *options) {
    stay_on_cores(options);
    uint64_t info[14] = {0}; /* struct sysinfo: the fifth word is the machine's memory */
    sys(__NR_sysinfo, info);
    const struct machine machine = {.cores = first_cores(MAX(options->core_count, 1ul)),
                                    .memory = info[4]};
    root_enter(options, &machine);
    native(options);
}
