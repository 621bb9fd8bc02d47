#include "keeper.h"
#include "giveback.h"
#include "image.h"
#include "ledger.h"
#include "lib.h"
#include "report.h"
#include "signals.h"
#include "streams.h"
#include "sys.h"
#include "take.h"

#define IMAGE_BYTES (IMAGE_END + CHUNK)

static struct keeper keeper;

/* What the delegate says next, or 0: it has ended. */
char keeper_hear(const struct keeper *from) {
    char byte = 0;
    while (sys(__NR_read, from->said, &byte, 1) == -EINTR)
        ;
    return byte;
}

/* --- while it runs --- */

/* A descriptor that is readable when the keeper is asked to end. */
static int open_signals(void) {
    const uint64_t asked = SIGNAL_BIT(SIGHUP) | SIGNAL_BIT(SIGINT) | SIGNAL_BIT(SIGTERM);
    const struct sigaction ignore = {SIG_IGN, 0, NULL, 0};
    sys(__NR_rt_sigaction, SIGPIPE, &ignore, 0, 8);
    sys(__NR_rt_sigprocmask, SIG_BLOCK, &asked, 0, 8);
    int64_t signals = sys(__NR_signalfd4, -1, &asked, 8, O_CLOEXEC);
    if (is_error(signals))
        fail("The keeper cannot wait for signals: error %d.", (int)-signals);
    return hide((int)signals);
}

enum watched {
    WATCHED_DELEGATE,
    WATCHED_SAID,
    WATCHED_SIGNALS,
    WATCHED_OUTPUT,
    WATCHED_ERRORS,
    WATCHED_PARENT,
    WATCHED_COUNT
};

static void note_boot(struct pollfd *said) {
    switch (keeper_hear(&keeper)) {
    case SAID_BOOTED:
        ledger_write(keeper.ledger, "boot-ms %lu", microseconds_since(keeper.start.ns) / 1000);
        ledger_write(keeper.ledger, "state running");
        report_line("{\"event\":\"enclave\",\"offline_us\":%lu,\"memory_us\":%lu,"
                    "\"start_us\":%lu,\"app_start_us\":%lu}",
                    keeper.shared->offline_us, keeper.memory_us, keeper.start_us,
                    microseconds_since(keeper.start.ns));
        keeper_entered();
        break;
    case 0:
        said->descriptor = -1;
    }
}

/* Nobody reads what the app says, or who started all this has ended. */
static bool is_disconnected(const struct pollfd *watched) {
    return (watched[WATCHED_OUTPUT].revents && watched[WATCHED_ERRORS].revents) ||
           watched[WATCHED_PARENT].revents;
}

/* Until the delegate ends, or is to; whether the connection was lost. */
static bool keep(int parent, int signals) {
    const struct options *options = keeper.options;
    const bool alone = options->detach || options->go_on || !options->is_far;
    struct pollfd watched[WATCHED_COUNT] = {
        [WATCHED_DELEGATE] = {keeper.delegate_process, POLLIN, 0},
        [WATCHED_SAID] = {keeper.said, POLLIN, 0},
        [WATCHED_SIGNALS] = {signals, POLLIN, 0},
        [WATCHED_OUTPUT] = {alone ? -1 : 1, 0, 0},
        [WATCHED_ERRORS] = {alone ? -1 : 2, 0, 0},
        [WATCHED_PARENT] = {parent, POLLIN, 0},
    };
    for (;;) {
        if (sys(__NR_poll, watched, WATCHED_COUNT, rings_watch(keeper.rings)) <= 0)
            continue;
        if (watched[WATCHED_SAID].revents)
            note_boot(&watched[WATCHED_SAID]);
        if (watched[WATCHED_DELEGATE].revents)
            return false;
        if (watched[WATCHED_SIGNALS].revents) {
            report_error("stopped", "The enclave was stopped.");
            return false;
        }
        if (is_disconnected(watched)) {
            report_error("lost", "The connection to Diver was lost.");
            return true;
        }
    }
}

/* --- the whole --- */

static int open_file(const char *name, int flags) {
    char path[PATH_MAX];
    format(path, sizeof path, "%s/%s", keeper.options->folder, name);
    int64_t file = sys(__NR_open, path, flags | O_CLOEXEC, 0600);
    if (is_error(file))
        fail("%s cannot be opened: error %d.", path, (int)-file);
    return hide((int)file);
}

static int entered_pipe = -1;

/* The app has been: whoever waits for that may go on. */
void keeper_entered(void) {
    if (entered_pipe < 0)
        return;
    sys(__NR_write, entered_pipe, "", 1);
    sys(__NR_close, entered_pipe);
    entered_pipe = -1;
}

/* Goes on as a process of its own; the other waits until the app has been entered. */
static void detach(void) {
    int32_t ends[2];
    char byte;
    make_pipe(ends);
    int64_t child = sys(__NR_fork);
    if (is_error(child))
        fail("There is no process for the enclave's keeper: error %d.", (int)-child);
    if (child != 0) {
        sys(__NR_close, ends[1]);
        sys(__NR_exit_group, sys(__NR_read, ends[0], &byte, 1) == 1 ? 0 : 1);
    }
    sys(__NR_close, ends[0]);
    entered_pipe = ends[1];
    sys(__NR_setsid);
    streams_to_files(keeper.options->folder);
}

static void check_options(const struct options *options) {
    char folder[PATH_MAX];
    if (!is_enclave_name(options->name))
        refuse("Take up to 63 letters, digits and . - _, the first a letter or a digit.",
               "\"%s\" is no name for an enclave.", options->name);
    enclave_path(folder, options->name, "");
    folder[strlen(folder) - 1] = '\0';
    if (!equal(folder, options->folder))
        fail("The folder of the enclave %s is %s, not %s.", options->name, folder, options->folder);
    if (!options->native && options->pages * options->page_size < IMAGE_BYTES)
        refuse("Give it more.", "An enclave needs at least 18 MiB, not %lu.",
               options->pages * options->page_size >> 20);
}

/* What the delegate could not say itself. */
static void report_end(int64_t status, bool asked) {
    char message[64];
    if (status >= 0 || asked)
        return;
    format(message, sizeof message, "The delegate was killed by signal %d.", (int)-status);
    report_error("lost", message);
}

#define PARENT_GOES_MS 1000 /* behind its streams */

/* Whoever would read what is in the folder has gone with the connection, or was killed. */
static void forget_if_forsaken(int parent, bool lost) {
    struct pollfd ended = {parent, POLLIN, 0};
    if (parent >= 0 && sys(__NR_poll, &ended, 1, lost ? PARENT_GOES_MS : 0) > 0)
        enclave_forget(keeper.options->name);
}

_Noreturn void keeper_start(const struct options *options) {
    keeper.options = options;
    keeper.start = instant(CLOCK_MONOTONIC_RAW);
    if (!options->name || !options->folder)
        fail("The agent is not told --name and --dir: use the agent of this Diver.");
    report_init(open_file("report", O_WRONLY | O_CREAT | O_APPEND),
                open_file("log", O_WRONLY | O_CREAT | O_APPEND));
    quiet_errors();
    check_options(options);
    int parent = -1, signals = open_signals();
    if (options->detach)
        detach();
    else if (options->go_on)
        streams_outlive(options->folder);
    else
        parent = hide((int)sys(__NR_pidfd_open, sys(__NR_getppid), 0));
    keeper.shared = shared_open(options->name, true);
    if (options->native)
        take_nothing(&keeper);
    else
        take_all(&keeper);
    bool lost = keep(parent, signals);
    struct pollfd delegate_end = {keeper.delegate_process, POLLIN, 0};
    bool asked = sys(__NR_poll, &delegate_end, 1, 0) == 0;
    uint64_t end = nanoseconds(CLOCK_MONOTONIC_RAW);
    at_failure(NULL);
    give_all_back();
    int64_t status = process_wait(keeper.delegate);
    report_end(status, asked);
    report_line("{\"event\":\"enclave-end\",\"return_us\":%lu}", microseconds_since(end));
    streams_finish();
    forget_if_forsaken(parent, lost);
    sys(__NR_exit_group, status < 0 ? 1 : status);
    __builtin_unreachable();
}
