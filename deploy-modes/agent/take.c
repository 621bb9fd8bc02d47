/* What an enclave takes, in order: each thing is in the ledger before. */
#include "take.h"
#include "apic.h"
#include "cpus.h"
#include "files.h"
#include "giveback.h"
#include "ledger.h"
#include "lib.h"
#include "low.h"
#include "native.h"
#include "parent.h"
#include "pci.h"
#include "report.h"
#include "signals.h"
#include "sys.h"

static struct keeper *keeper;

/* Whatever happens from the ledger's beginning on. */
void give_all_back(void) {
    machine_lock();
    give_back(keeper->options->name, false);
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
    const char *name;
    char owner[NAME_MAX];
};

static void find_owner(const struct record *record, void *context) {
    struct claim *claim = context;
    for (size_t i = 0; i < record->core_count && record->state != STATE_ENDED; i++)
        if (record->cores[i].cpu == claim->cpu && !equal(record->name, claim->name))
            format(claim->owner, sizeof claim->owner, "%s", record->name);
}

void core_check(uint32_t cpu, const char *name) {
    struct claim claim = {cpu, name, ""};
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
    const struct options *options = keeper->options;
    if (options->core_count == 0)
        fail("An enclave needs a core.");
    if (cpus_online() <= options->core_count)
        refuse("Take fewer.", "Linux has %u cores, and one must stay with it.", cpus_online());
    for (size_t i = 0; i < options->core_count; i++) {
        for (size_t k = 0; k < i; k++)
            if (options->cores[i] == options->cores[k])
                refuse("Name each once.", "Core %u is given twice.", options->cores[i]);
        core_check(options->cores[i], options->name);
        ledger_write(keeper->ledger, "core %u", options->cores[i]);
        keeper->grant.apic_ids[i] = cpu_apic_id(options->cores[i]);
        keeper->shared->cores |= 1ull << i;
    }
    memcpy(keeper->shared->apic_ids, keeper->grant.apic_ids, sizeof keeper->grant.apic_ids);
    memcpy(keeper->shared->cpus, options->cores, sizeof options->cores);
}

void core_take(int ledger, uint32_t cpu, uint32_t apic_id) {
    ledger_write(ledger, "core %u %u", cpu, apic_id);
    int64_t result = cpu_set_online(ledger, cpu, false);
    if (is_error(result))
        fail("Linux does not give up core %u: error %d.", cpu, (int)-result);
}

/* --- the delegate --- */

static void note_delegate(int64_t child) {
    struct process process = process_of((uint64_t)child);
    keeper->delegate = child;
    keeper->delegate_process = hide((int)sys(__NR_pidfd_open, child, 0));
    ledger_write(keeper->ledger, "delegate %lu %lu", process.pid, process.started);
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
        sys(__NR_close, keeper->ledger);
        sys(__NR_close, keeper->memory);
        rings_forget(keeper->rings);
        sys(__NR_close, said[0]);
        sys(__NR_close, go[1]);
        delegate(keeper, said[1], go[0]);
    }
    sys(__NR_close, said[1]);
    sys(__NR_close, go[0]);
    keeper->said = said[0];
    keeper->go = go[1];
    note_delegate(child);
}

/* The delegate goes on. */
static void let_go(void) {
    sys(__NR_write, keeper->go, "", 1);
}

static void expect(char what) {
    if (keeper_hear(keeper) == what)
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

/* Says whose a device is. */
struct device_claim {
    const char *address;
    char owner[NAME_MAX];
};

static void find_device_owner(const struct record *record, void *context) {
    struct device_claim *claim = context;
    for (size_t i = 0; i < record->device_count && record->state != STATE_ENDED; i++)
        if (equal(record->devices[i].address, claim->address))
            format(claim->owner, sizeof claim->owner, "%s", record->name);
}

static void take_devices(void) {
    static struct diver_device devices[DEVICES_MAX];
    const struct options *options = keeper->options;
    for (size_t i = 0; i < options->device_count; i++) {
        struct device_claim claim = {options->devices[i], ""};
        ledger_all(find_device_owner, &claim);
        if (claim.owner[0])
            refuse("Name each once, or stop that dive.", "The device %s belongs to the enclave %s.",
                   claim.address, claim.owner);
        pci_check(options->devices[i]);
        devices[i] = pci_describe(options->devices[i]);
        pci_take(options->devices[i], keeper->ledger);
    }
    keeper->grant.devices = devices;
    keeper->grant.device_count = options->device_count;
}

static void open_memory(void) {
    int64_t memory = sys(__NR_open, "/dev/mem", O_RDWR | O_CLOEXEC);
    if (is_error(memory))
        fail("This Linux gives no access to physical memory: /dev/mem and root are needed "
             "(error %d).",
             (int)-memory);
    keeper->memory = hide((int)memory);
    apic_init(keeper->memory);
    keeper->grant.x2apic = apic_is_x2apic();
    keeper->grant.trampoline = low_find(keeper->memory);
    if (keeper->grant.trampoline == 0)
        fail("There is no free place below 1 MiB, where cores start: all of it is in use.");
    low_map(keeper->memory, keeper->grant.trampoline);
}

/* What is known before anything is taken. */
static void share_options(void) {
    struct shared *shared = keeper->shared;
    shared->trampoline = keeper->grant.trampoline;
    shared->page_size = keeper->pages.pool.size;
    shared->node = keeper->pages.pool.node;
    shared->memory = keeper->options->pages * keeper->pages.pool.size;
}

static void share_memory(void) {
    struct shared *shared = keeper->shared;
    shared->base = keeper->pages.regions[0].physical;
    memcpy(shared->regions, keeper->pages.regions, sizeof shared->regions);
    shared->region_count = keeper->pages.region_count;
    if (!shared_add(shared, &keeper->pages, PIECE_COMING))
        refuse("Take larger ones.", "An enclave has at most %d huge pages.", PIECES_MAX);
    __atomic_add_fetch(&shared->changes, 1, __ATOMIC_RELEASE);
}

static void take_memory(void) {
    uint64_t start = nanoseconds(CLOCK_MONOTONIC_RAW);
    pages_take(&keeper->pages, keeper->options, keeper->ledger);
    load_check(keeper->pages.regions, keeper->pages.region_count);
    pages_map(&keeper->pages, keeper->pages.regions[0].physical);
    share_memory();
    keeper->memory_us = microseconds_since(start);
}

static void take_rings(void) {
    struct ring *rings = keeper->rings;
    rings_take(rings, keeper->options, keeper->ledger);
    for (int role = 0; role < 2; role++)
        keeper->shared->streams[role] =
            (struct region){.physical = rings[role].physical, .bytes = rings[role].bytes};
}

/* Linux takes its time to give up cores, and mostly waits: a process of its own tells it to while
 * the keeper goes on. It says itself, before it begins, who it is: whoever gives back ends it
 * first. */
static int64_t start_taking_cores(void) {
    const struct options *options = keeper->options;
    int64_t parent = sys(__NR_getpid), child = sys(__NR_fork);
    if (is_error(child))
        fail("There is no process to take cores: error %d.", (int)-child);
    if (child != 0)
        return child;
    at_failure(NULL);
    end_with_parent(parent); /* nobody would learn of what it takes after that */
    struct process self = process_self();
    ledger_write(keeper->ledger, "helper %lu %lu", self.pid, self.started);
    uint64_t start = nanoseconds(CLOCK_MONOTONIC_RAW);
    for (size_t i = 0; i < options->core_count; i++)
        core_take(keeper->ledger, options->cores[i], keeper->grant.apic_ids[i]);
    keeper->shared->offline_us = microseconds_since(start);
    sys(__NR_exit_group, 0);
    __builtin_unreachable();
}

static void await_taking_cores(int64_t child) {
    if (process_wait(child) == 0)
        return;
    give_all_back(); /* it has said why */
    sys(__NR_exit_group, 1);
}

/* What its kernel is told. */
static struct diver_enclave *enclave(void) {
    struct diver_enclave *info = window_physical(keeper->shared->base, sizeof *info);
    if (!info)
        fail("The enclave's memory is not where it was.");
    return info;
}

/* To be asked for before the kernel runs: from then on it may write other addresses there. */
static const struct diver_resize *resize_block(void) {
    const struct diver_resize *resize = window_physical(enclave()->resize, sizeof *resize);
    if (!resize)
        fail("The enclave has no place for what its kernel says of its cores.");
    return resize;
}

/* All cores run when the kernel says so, and at the latest when it enters the app (or ends); until
 * then some may be on their way through the page. */
static void await_cores(const struct diver_resize *resize) {
    struct pollfd said = {keeper->said, POLLIN, 0};
    for (int i = 0; i < LOAD_ANSWER_S * 1000; i++)
        if (__atomic_load_n(&resize->answer.cores, __ATOMIC_ACQUIRE) != 0 ||
            sys(__NR_poll, &said, 1, 1) > 0)
            return;
    fail("The kernel did not come up: its cores had not started after %d seconds.", LOAD_ANSWER_S);
}

static void start_kernel(void) {
    uint64_t start = nanoseconds(CLOCK_MONOTONIC_RAW);
    const struct diver_resize *resize = resize_block();
    low_lend(keeper->ledger, keeper->options->name, keeper->grant.trampoline);
    if (!low_start(keeper->grant.apic_ids[0], keeper->shared->base, keeper->shared->loaded.entry,
                   &enclave()->init_tsc))
        fail("Core %u does not start: it did not answer INIT and SIPI.", keeper->options->cores[0]);
    let_go();
    expect(SAID_UP);
    await_cores(resize);
    low_take_back(keeper->ledger);
    keeper->start_us = microseconds_since(start);
}

/* With the machine's lock, so that two never take the same, nor lend the same page. Whoever had it
 * before may have been killed: what that one had is Linux's by then. */
static void begin(struct keeper *given) {
    keeper = given;
    machine_lock();
    recover_locked();
    keeper->ledger = ledger_begin(keeper->options->folder, keeper->options->name);
    at_failure(give_all_back);
    ledger_write(keeper->ledger, "since %lu", nanoseconds(CLOCK_REALTIME) / 1000000000);
}

void take_all(struct keeper *given) {
    begin(given);
    start_watch();
    claim_cores();
    open_memory();
    ledger_write(keeper->ledger, "state booting");
    take_devices();
    pages_open(&keeper->pages, keeper->options, keeper->ledger);
    take_rings();
    share_options();
    pages_reserve(&keeper->pages, keeper->options, keeper->ledger);
    int64_t taking = start_taking_cores();
    start_delegate();
    take_memory();
    let_go();
    expect(SAID_READY);
    await_taking_cores(taking);
    start_kernel();
    machine_unlock();
}

/* The app's are not the keeper's. */
static void signals_default(void) {
    const uint64_t none = 0;
    const struct sigaction usual = {0};
    sys(__NR_rt_sigaction, SIGPIPE, &usual, 0, 8);
    sys(__NR_rt_sigprocmask, SIG_SETMASK, &none, 0, 8);
}

/* Takes nothing: the app runs on this Linux's own cores. */
void take_nothing(struct keeper *given) {
    begin(given);
    keeper->said = -1;
    int64_t parent = sys(__NR_getpid), child = sys(__NR_fork);
    if (is_error(child))
        fail("There is no process for the app: error %d.", (int)-child);
    if (child == 0) {
        at_failure(NULL);
        end_with_parent(parent);
        signals_default();
        native_on_cores(keeper->options);
    }
    note_delegate(child);
    ledger_write(keeper->ledger, "state running");
    machine_unlock();
    keeper_entered();
}
