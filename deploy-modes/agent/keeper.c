#include "keeper.h"
#include "apic.h"
#include "cpus.h"
#include "files.h"
#include "giveback.h"
#include "image.h"
#include "ledger.h"
#include "lib.h"
#include "low.h"
#include "native.h"
#include "report.h"
#include "root.h"
#include "sys.h"

#define IMAGE_BYTES (IMAGE_END + CHUNK)

static struct keeper keeper;

static void entered(void);

/* --- the clock --- */

static uint64_t microseconds_since(uint64_t start_ns) {
    return (nanoseconds(CLOCK_MONOTONIC_RAW) - start_ns) / 1000;
}

/* --- the end --- */

/* Whatever happens from the ledger's beginning on. */
static void give_all_back(void) {
    machine_lock();
    give_back(keeper.options->name, false);
    machine_unlock();
}

/* --- the watch --- */

/* A process that waits for the keeper's end, and does its work if the keeper has not. */
static void start_watch(void) {
    struct process self = process_self();
    int64_t child = sys(__NR_fork);
    if (is_error(child))
        fail("There is no process for the enclave's watch: error %d.", (int)-child);
    if (child != 0)
        return;
    at_failure(NULL);
    sys(__NR_setsid);
    sys(__NR_close_range, 0, UINT32_MAX, 0);
    ledger_forget();
    int64_t process = process_open(self);
    struct pollfd ended = {(int32_t)process, POLLIN, 0};
    while (!is_error(process) && sys(__NR_poll, &ended, 1, -1) == -EINTR)
        ;
    recover();
    sys(__NR_exit_group, 0);
}

/* --- cores --- */

/* Says whose a core is, if it is an enclave's that goes on. */
struct claim {
    uint32_t cpu;
    char owner[NAME_MAX];
};

static void find_owner(const struct record *record, void *context) {
    struct claim *claim = context;
    for (size_t i = 0; i < record->core_count && record->state != STATE_ENDED; i++)
        if (record->cores[i].cpu == claim->cpu && !equal(record->name, keeper.options->name))
            format(claim->owner, sizeof claim->owner, "%s", record->name);
}

void core_check(uint32_t cpu) {
    struct claim claim = {cpu, ""};
    if (cpu == 0)
        refuse("Take another.", "Core 0 stays with Linux: it booted there.");
    if (!cpu_exists(cpu))
        refuse("Name cores that it has.", "This machine has no core %u.", cpu);
    ledger_all(find_owner, &claim);
    if (claim.owner[0])
        refuse("Take another, or stop that dive.", "Core %u belongs to the enclave %s.", cpu,
               claim.owner);
    if (!cpu_is_removable(cpu))
        refuse("Take another.", "Linux cannot give up core %u.", cpu);
    if (!cpu_is_online(cpu))
        refuse("Take another, or put it online.",
               "Core %u is offline already, and no enclave has it.", cpu);
    if (cpus_online() == 1)
        refuse("Take fewer.", "Core %u is the last that Linux has.", cpu);
}

static void claim_cores(void) {
    const struct options *options = keeper.options;
    if (options->core_count == 0)
        fail("An enclave needs a core.");
    if (cpus_online() <= options->core_count)
        refuse("Take fewer.", "Linux has %u cores, and one must stay with it.", cpus_online());
    for (size_t i = 0; i < options->core_count; i++) {
        for (size_t k = 0; k < i; k++)
            if (options->cores[i] == options->cores[k])
                refuse("Name each once.", "Core %u is given twice.", options->cores[i]);
        core_check(options->cores[i]);
        ledger_write(keeper.ledger, "core %u", options->cores[i]);
        keeper.grant.apic_ids[i] = cpu_apic_id(options->cores[i]);
    }
    memcpy(keeper.shared->apic_ids, keeper.grant.apic_ids, sizeof keeper.grant.apic_ids);
}

void core_take(int ledger, uint32_t cpu, uint32_t apic_id) {
    ledger_write(ledger, "core %u %u", cpu, apic_id);
    int64_t result = cpu_set_online(cpu, false);
    if (is_error(result))
        fail("Linux does not give up core %u: error %d.", cpu, (int)-result);
}

/* --- the delegate --- */

static int32_t make_pipe(int32_t ends[2]) {
    int64_t result = sys(__NR_pipe2, ends, O_CLOEXEC);
    if (is_error(result))
        fail("There is no pipe for the delegate: error %d.", (int)-result);
    ends[0] = hide(ends[0]);
    ends[1] = hide(ends[1]);
    return 0;
}

static void start_delegate(void) {
    int32_t said[2], go[2];
    make_pipe(said);
    make_pipe(go);
    int64_t child = sys(__NR_fork);
    if (is_error(child))
        fail("There is no process for the delegate: error %d.", (int)-child);
    if (child == 0) {
        ledger_forget();
        sys(__NR_close, keeper.ledger);
        sys(__NR_close, keeper.memory);
        sys(__NR_close, said[0]);
        sys(__NR_close, go[1]);
        delegate(&keeper, said[1], go[0]);
    }
    sys(__NR_close, said[1]);
    sys(__NR_close, go[0]);
    keeper.delegate = child;
    keeper.said = said[0];
    keeper.go = go[1];
    keeper.delegate_process = hide((int)sys(__NR_pidfd_open, child, 0));
    struct process process = process_of((uint64_t)child);
    ledger_write(keeper.ledger, "delegate %lu %lu", process.pid, process.started);
}

/* What the delegate says next, or 0: it has ended. */
static char hear(void) {
    char byte = 0;
    while (sys(__NR_read, keeper.said, &byte, 1) == -EINTR)
        ;
    return byte;
}

static void expect(char what) {
    if (hear() == what)
        return;
    give_all_back(); /* the delegate has said why */
    sys(__NR_exit_group, 1);
}

/* --- the page that cores start from --- */

static uint8_t low_before[LOW_BYTES];

/* Kept in a file as well: whoever gives it back may be another. */
void low_lend(int ledger, const char *name, uint64_t at) {
    char path[PATH_MAX];
    low_save(low_before);
    enclave_path(path, name, "low");
    int64_t file = sys(__NR_open, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (is_error(file) || sys(__NR_write, file, low_before, sizeof low_before) != sizeof low_before)
        fail("%s cannot be written: error %d.", path, (int)-file);
    sys(__NR_close, file);
    ledger_write(ledger, "low %lu", at);
}

void low_take_back(int ledger) {
    low_restore(low_before);
    ledger_write(ledger, "low 0");
}

/* --- the start --- */

static void open_memory(void) {
    int64_t memory = sys(__NR_open, "/dev/mem", O_RDWR | O_CLOEXEC);
    if (is_error(memory))
        fail("This Linux gives no access to physical memory: /dev/mem and root are needed "
             "(error %d).",
             (int)-memory);
    keeper.memory = hide((int)memory);
    apic_init(keeper.memory);
    keeper.grant.x2apic = apic_is_x2apic();
    keeper.grant.trampoline = low_find(keeper.memory);
    if (keeper.grant.trampoline == 0)
        fail("There is no free place below 1 MiB, where cores start: all of it is in use.");
    low_map(keeper.memory, keeper.grant.trampoline);
}

static void *share(size_t bytes) {
    int64_t at = sys(__NR_mmap, 0, align_up(bytes, PAGE), PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (is_error(at))
        fail("The agent gets no memory: %lu bytes were asked for.", bytes);
    return (void *)at;
}

static void take_memory(void) {
    uint64_t start = nanoseconds(CLOCK_MONOTONIC_RAW);
    pages_take(&keeper.pages, keeper.options, keeper.ledger);
    pages_map(&keeper.pages);
    load_check(keeper.pages.regions, keeper.pages.region_count);
    keeper.grant.regions = keeper.pages.regions;
    keeper.grant.region_count = keeper.pages.region_count;
    keeper.memory_us = microseconds_since(start);
}

/* Linux takes its time to give up cores, and mostly waits: a process of its own tells it to while
 * the keeper goes on. It says itself, before it begins, who it is: whoever gives back ends it
 * first. */
static int64_t start_taking_cores(void) {
    const struct options *options = keeper.options;
    int64_t child = sys(__NR_fork);
    if (is_error(child))
        fail("There is no process to take cores: error %d.", (int)-child);
    if (child != 0)
        return child;
    at_failure(NULL);
    sys(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL);
    struct process self = process_self();
    ledger_write(keeper.ledger, "helper %lu %lu", self.pid, self.started);
    uint64_t start = nanoseconds(CLOCK_MONOTONIC_RAW);
    for (size_t i = 0; i < options->core_count; i++)
        core_take(keeper.ledger, options->cores[i], keeper.grant.apic_ids[i]);
    keeper.shared->offline_us = microseconds_since(start);
    sys(__NR_exit_group, 0);
    __builtin_unreachable();
}

static int64_t wait_for(int64_t child) {
    int32_t status = 0;
    while (sys(__NR_wait4, child, &status, 0, 0) == -EINTR)
        ;
    return status & 0x7f ? -(status & 0x7f) : status >> 8 & 0xff;
}

static void await_taking_cores(int64_t child) {
    if (wait_for(child) == 0)
        return;
    give_all_back(); /* it has said why */
    sys(__NR_exit_group, 1);
}

/* All cores run when the kernel says so, and at the latest when it enters the app (or ends); until
 * then some may be on their way through the page. */
static void await_cores(void) {
    const struct diver_resize *resize =
        window_physical(keeper.shared->loaded.info->resize, sizeof *resize);
    struct pollfd said = {keeper.said, POLLIN, 0};
    for (int i = 0; i < LOAD_ANSWER_S * 1000; i++)
        if (__atomic_load_n(&resize->answer.cores, __ATOMIC_ACQUIRE) != 0 ||
            sys(__NR_poll, &said, 1, 1) > 0)
            return;

    fail("The kernel did not come up: its cores had not started after %d seconds.", LOAD_ANSWER_S);
}

static void start_kernel(void) {
    const struct loaded *loaded = &keeper.shared->loaded;
    uint64_t start = nanoseconds(CLOCK_MONOTONIC_RAW);
    low_lend(keeper.ledger, keeper.options->name, keeper.grant.trampoline);
    if (!low_start(keeper.grant.apic_ids[0], keeper.pages.regions[0].physical, loaded->entry,
                   &loaded->info->init_tsc))
        fail("Core %u does not start: it did not answer INIT and SIPI.", keeper.options->cores[0]);
    sys(__NR_write, keeper.go, "", 1);
    expect(SAID_UP);
    await_cores();
    low_take_back(keeper.ledger);
    keeper.start_us = microseconds_since(start);
}

/* Under the machine's lock, so that two never take the same, nor lend the same page. */
static void take_all(void) {
    machine_lock();
    keeper.ledger = ledger_begin(keeper.options->folder, keeper.options->name);
    at_failure(give_all_back);
    ledger_write(keeper.ledger, "since %lu", nanoseconds(CLOCK_REALTIME) / 1000000000);
    start_watch();
    claim_cores();
    open_memory();
    ledger_write(keeper.ledger, "state booting");
    int64_t taking = start_taking_cores();
    take_memory();
    start_delegate();
    expect(SAID_READY);
    await_taking_cores(taking);
    start_kernel();
    machine_unlock();
}

/* --- while it runs --- */

#define SFD_CLOEXEC   O_CLOEXEC
#define SIG_IGNORED   ((void (*)(int))1)
#define SIGNAL_BIT(n) (1ull << ((n)-1))

struct sigaction {
    void (*handler)(int);
    uint64_t flags;
    void (*restorer)(void);
    uint64_t mask;
};

/* A descriptor that is readable when the keeper is asked to end. */
static int open_signals(void) {
    const uint64_t asked = SIGNAL_BIT(SIGHUP) | SIGNAL_BIT(SIGINT) | SIGNAL_BIT(SIGTERM);
    const struct sigaction ignore = {SIG_IGNORED, 0, NULL, 0};
    sys(__NR_rt_sigaction, SIGPIPE, &ignore, 0, 8);
    sys(__NR_rt_sigprocmask, 0 /* SIG_BLOCK */, &asked, 0, 8);
    int64_t signals = sys(__NR_signalfd4, -1, &asked, 8, SFD_CLOEXEC);
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
    switch (hear()) {
    case SAID_BOOTED:
        ledger_write(keeper.ledger, "boot-ms %lu", microseconds_since(keeper.start.ns) / 1000);
        ledger_write(keeper.ledger, "state running");
        report_line("{\"event\":\"enclave\",\"offline_us\":%lu,\"memory_us\":%lu,"
                    "\"start_us\":%lu,\"app_start_us\":%lu}",
                    keeper.shared->offline_us, keeper.memory_us, keeper.start_us,
                    microseconds_since(keeper.start.ns));
        entered();
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

/* Until the delegate ends, or is to. */
static void keep(int parent, int signals) {
    struct pollfd watched[WATCHED_COUNT] = {
        [WATCHED_DELEGATE] = {keeper.delegate_process, POLLIN, 0},
        [WATCHED_SAID] = {keeper.said, POLLIN, 0},
        [WATCHED_SIGNALS] = {signals, POLLIN, 0},
        [WATCHED_OUTPUT] = {keeper.options->detach ? -1 : 1, 0, 0},
        [WATCHED_ERRORS] = {keeper.options->detach ? -1 : 2, 0, 0},
        [WATCHED_PARENT] = {parent, POLLIN, 0},
    };
    for (;;) {
        if (sys(__NR_poll, watched, WATCHED_COUNT, -1) <= 0)
            continue;
        if (watched[WATCHED_SAID].revents)
            note_boot(&watched[WATCHED_SAID]);
        if (watched[WATCHED_DELEGATE].revents)
            return;
        if (watched[WATCHED_SIGNALS].revents)
            return report_error("stopped", "The enclave was stopped.");
        if (is_disconnected(watched)) {
            if (!keeper.options->go_on)
                return report_error("lost", "The connection to Diver was lost.");
            for (int i = WATCHED_OUTPUT; i <= WATCHED_PARENT; i++)
                watched[i].descriptor = -1;
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
static void entered(void) {
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
    int streams[] = {hide((int)sys(__NR_open, "/dev/null", O_RDONLY)),
                     open_file("stdout", O_WRONLY | O_CREAT | O_APPEND),
                     open_file("stderr", O_WRONLY | O_CREAT | O_APPEND)};
    for (int stream = 0; stream < 3; stream++) {
        sys(__NR_dup2, streams[stream], stream);
        sys(__NR_close, streams[stream]);
    }
}

static void check_options(const struct options *options) {
    char folder[PATH_MAX];
    if (!options->name || !options->folder || strlen(options->name) >= NAME_MAX)
        fail("The agent is not told --name and --dir: use the agent of this Diver.");
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

_Noreturn void keeper_start(const struct options *options) {
    keeper.options = options;
    keeper.start = instant(CLOCK_MONOTONIC_RAW);
    check_options(options);
    report_init(open_file("report", O_WRONLY | O_CREAT | O_APPEND),
                open_file("log", O_WRONLY | O_CREAT | O_APPEND));
    int parent = -1;
    if (options->detach)
        detach();
    else
        parent = hide((int)sys(__NR_pidfd_open, sys(__NR_getppid), 0));
    int signals = open_signals();
    keeper.shared = share(sizeof *keeper.shared);
    recover();
    take_all();
    keep(parent, signals);
    struct pollfd delegate_end = {keeper.delegate_process, POLLIN, 0};
    bool asked = sys(__NR_poll, &delegate_end, 1, 0) == 0;
    uint64_t end = nanoseconds(CLOCK_MONOTONIC_RAW);
    at_failure(NULL);
    give_all_back();
    int64_t status = wait_for(keeper.delegate);
    report_end(status, asked);
    report_line("{\"event\":\"enclave-end\",\"return_us\":%lu}", microseconds_since(end));
    sys(__NR_exit_group, status < 0 ? 1 : status);
    __builtin_unreachable();
}
