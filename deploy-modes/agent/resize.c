#include "resize.h"
#include "apic.h"
#include "ask.h"
#include "cpus.h"
#include "files.h"
#include "giveback.h"
#include "ledger.h"
#include "lib.h"
#include "low.h"
#include "report.h"
#include "settings.h"
#include "sys.h"
#include "take.h"
#include "view.h"

#define MIB (1ul << 20)

static struct {
    struct record record;
    struct shared *shared;
    int ledger, memory; /* the latter is /dev/mem */
    struct pages pages; /* those that come */
} enclave;

/* --- cores --- */

/* A core that is on its way from Linux to the kernel: where that fails it goes back. */
static struct {
    uint32_t cpu, apic_id, number;
    bool is, lent; /* there is one; the page that it starts from is borrowed */
} moving;

static void return_core(uint32_t cpu, uint32_t apic_id) {
    if (!cpu_is_online(cpu))
        apic_send_init(apic_id);
    int64_t result = cpu_is_online(cpu) ? 0 : cpu_set_online(enclave.ledger, cpu, true);
    if (is_error(result))
        fail("Linux does not take core %u back: error %d. It will be tried again when the enclave "
             "ends.",
             cpu, (int)-result);
    ledger_write(enclave.ledger, "core-back %u", cpu);
}

/* It looks from time to time. */
static void tell_delegate(void) {
    struct shared *shared = enclave.shared;
    __atomic_store_n(&shared->changes, shared->changes + 1, __ATOMIC_RELEASE);
}

static void set_core(uint32_t number, bool there) {
    uint64_t cores = enclave.shared->cores, bit = 1ull << number;
    __atomic_store_n(&enclave.shared->cores, there ? cores | bit : cores & ~bit, __ATOMIC_RELEASE);
}

static uint32_t free_number(void) {
    for (uint32_t number = 0; number < CORES_MAX; number++)
        if (!(enclave.shared->cores >> number & 1))
            return number;
    refuse("Give it fewer.", "An enclave has at most %d cores.", CORES_MAX);
}

static void add_core(uint32_t cpu) {
    struct shared *shared = enclave.shared;
    uint32_t number = free_number();
    core_check(cpu, "");
    moving.cpu = cpu;
    moving.number = number;
    moving.apic_id = cpu_apic_id(cpu);
    moving.is = true;
    core_take(enclave.ledger, cpu, moving.apic_id);
    shared->apic_ids[number] = moving.apic_id;
    shared->cpus[number] = cpu;
    set_core(number, true);
    moving.lent = true;
    low_lend(enclave.ledger, enclave.record.name, shared->trampoline);
    struct answer answer = ask(DIVER_ADD_CORE, number, moving.apic_id, 0, 0);
    if (answer.result == -EIO)
        fail("Core %u does not start: it did not answer INIT and SIPI.", cpu);
    if (answer.result != 0)
        fail("The kernel does not take core %u: error %d.", cpu, (int)-answer.result);
    moving.lent = moving.is = false;
    tell_delegate();
    low_take_back(enclave.ledger);
}

static void remove_core(uint32_t number) {
    uint32_t cpu = enclave.shared->cpus[number];
    struct answer answer = ask(DIVER_REMOVE_CORE, number, 0, 0, 0);
    if (answer.result == -EBUSY)
        refuse("Stop the dive instead.", "Core %u is the last that the enclave has.", cpu);
    if (answer.result != 0)
        fail("The kernel does not give up core %u: error %d.", cpu, (int)-answer.result);
    set_core(number, false);
    tell_delegate();
    return_core(cpu, enclave.shared->apic_ids[number]);
}

/* --- which cores --- */

static uint32_t any_cpu(void) {
    for (uint32_t cpu = cpu_last(); cpu > 0; cpu--)
        if (cpu_is_removable(cpu) && cpu_is_online(cpu))
            return cpu;
    refuse("Give it fewer.", "Linux has no core left that it could give up.");
}

static uint32_t last_number(void) {
    return 63 - (uint32_t)__builtin_clzll(enclave.shared->cores);
}

/* CORES_MAX where it has no such core. */
static uint32_t find_number(uint64_t cpu) {
    for (uint32_t number = 0; number < CORES_MAX; number++)
        if ((enclave.shared->cores >> number & 1) && enclave.shared->cpus[number] == cpu)
            return number;
    return CORES_MAX;
}

static uint32_t number_of(uint64_t cpu) {
    uint32_t number = find_number(cpu);
    if (number < CORES_MAX)
        return number;
    refuse("See diver ps for those that it has.", "The enclave %s does not have core %lu.",
           enclave.record.name, cpu);
}

_Noreturn static void wrong(const char *option, const char *value) {
    fail("The agent does not understand %s %s: use the agent of this Diver.", option, value);
}

static void change_count(bool more, uint64_t count) {
    uint64_t have = 0;
    for (uint32_t number = 0; number < CORES_MAX; number++)
        have += enclave.shared->cores >> number & 1;
    if (!more && count >= have)
        refuse("Take fewer, or stop the dive.",
               "The enclave has %lu cores, and keeps one: it cannot give back %lu.", have, count);
    if (more && count >= cpus_online())
        refuse("Give it fewer.", "Linux has %u cores, and keeps one: it cannot give up %lu.",
               cpus_online(), count);
    for (uint64_t i = 0; i < count; i++)
        if (more)
            add_core(any_cpu());
        else
            remove_core(last_number());
}

static void change_range(bool more, uint64_t first, uint64_t last) {
    for (uint64_t cpu = first; cpu <= last; cpu++)
        if (more)
            add_core((uint32_t)MIN(cpu, (uint64_t)UINT32_MAX));
        else
            remove_core(number_of(cpu));
}

/* A sign, and how many or which: "+2", "-3,5-6", "+3-3". */
static void change_cores(const char *text) {
    const char *at = text + 1;
    uint64_t first, last;
    bool more = *text == '+';
    if ((!more && *text != '-') || !parse_number(&at, "-,", &first))
        wrong("--cpus", text);
    if (*at == '\0')
        return change_count(more, first);
    for (at = text + 1; *at; at += *at == ',') {
        if (!parse_number(&at, "-,", &first))
            wrong("--cpus", text);
        last = first;
        if (*at == '-' && (at++, !parse_number(&at, ",", &last)))
            wrong("--cpus", text);
        change_range(more, first, last);
    }
}

/* --- memory --- */

static void await_followed(void) {
    enclave.shared->error = 0;
    tell_delegate();
    await(&enclave.shared->followed, enclave.shared->changes, "The delegate");
}

/* Marks the pieces that lie in a range, which are nobody's, to be given back; their bytes. Never
 * the one that requests come by. */
static uint64_t drop_range(uint64_t start, uint64_t bytes) {
    struct shared *shared = enclave.shared;
    uint64_t dropped = 0;
    for (uint64_t i = 0; i < shared->piece_count; i++) {
        struct shared_piece *at = &shared->pieces[i];
        if (at->state != PIECE_HERE || at->piece.physical - start >= bytes ||
            shared->base - at->piece.physical < shared->page_size)
            continue;
        at->state = PIECE_GOING;
        dropped += shared->page_size;
    }
    return dropped;
}

/* What had been marked stays. */
static void keep_going(void) {
    struct shared *shared = enclave.shared;
    for (uint64_t i = 0; i < shared->piece_count; i++)
        if (shared->pieces[i].state == PIECE_GOING)
            shared->pieces[i].state = PIECE_HERE;
}

static void drop_going(void) {
    struct shared *shared = enclave.shared;
    struct piece *pieces = allocate(shared->piece_count * sizeof *pieces);
    size_t count = 0;
    for (uint64_t i = 0; i < shared->piece_count; i++)
        if (shared->pieces[i].state == PIECE_GOING)
            pieces[count++] = shared->pieces[i].piece;
    await_followed();
    pages_drop(&enclave.pages, pieces, count, enclave.ledger);
    shared->memory -= count * shared->page_size;
    ledger_write(enclave.ledger, "memory %lu", shared->memory);
}

/* Offers the kernel the pieces, run by run; how many bytes it has taken. */
static uint64_t offer(int64_t *result) {
    const struct pages *pages = &enclave.pages;
    uint64_t taken = 0;
    for (size_t i = 0, length; i < pages->count; i += length) {
        length = pages_run(pages, i);
        uint64_t start = pages->pieces[i].physical, bytes = length * pages->pool.size;
        if (*result == 0)
            *result = ask(DIVER_ADD_MEMORY, start, bytes, 0, 0).result;
        if (*result == 0)
            taken += bytes;
        else
            drop_range(start, bytes);
    }
    return taken;
}

static void add_memory(uint64_t bytes) {
    struct shared *shared = enclave.shared;
    int64_t result = 0;
    pages_take_more(&enclave.pages, bytes / shared->page_size, enclave.ledger);
    if (!shared_add(shared, &enclave.pages, PIECE_COMING))
        refuse("Take larger ones.", "An enclave has at most %d huge pages.", PIECES_MAX);
    shared->memory += bytes;
    ledger_write(enclave.ledger, "memory %lu", shared->memory);
    await_followed();
    if (shared->error)
        result = shared->error;
    uint64_t taken = offer(&result);
    if (taken == bytes)
        return;
    drop_going();
    if (result == -ENOSPC)
        refuse("Add it in several steps, or dive anew with more.",
               "The memory is in too small pieces: %lu of %lu MiB were added.", taken / MIB,
               bytes / MIB);
    fail("The kernel does not take the memory: error %d, after %lu of %lu MiB.", (int)-result,
         taken / MIB, bytes / MIB);
}

static void remove_memory(uint64_t bytes) {
    struct answer answer =
        ask(DIVER_REMOVE_MEMORY, bytes, 0, UINT64_MAX, enclave.shared->page_size);
    if (answer.result == -EBUSY)
        refuse("Take less.",
               "The enclave's memory is in use: %lu MiB of it could be given back, and %lu MiB are "
               "wanted.",
               answer.removable / MIB, bytes / MIB);
    if (answer.result != 0)
        fail("The kernel does not give back %lu MiB: error %d.", bytes / MIB, (int)-answer.result);
    uint64_t dropped = 0;
    for (uint32_t i = 0; i < answer.range_count; i++)
        dropped += drop_range(answer.ranges[i].start, answer.ranges[i].bytes);
    if (dropped != bytes) {
        keep_going();
        refuse("All of it stays the enclave's: stop the dive to have it back.",
               "The kernel was to give back %lu MiB, and names %lu MiB that the enclave has.",
               bytes / MIB, dropped / MIB);
    }
    drop_going();
}

static void change_memory(const char *text) {
    const char *at = text + 1;
    uint64_t bytes, page = enclave.shared->page_size;
    if ((*text != '+' && *text != '-') || !parse_number(&at, "KMG", &bytes))
        wrong("--memory", text);
    unsigned shift = *at == 'G' ? 30 : *at == 'M' ? 20 : *at == 'K' ? 10 : 0;
    if (bytes > UINT64_MAX >> 20 >> shift || (*at && at[1]))
        wrong("--memory", text);
    bytes <<= shift;
    if (bytes == 0 || bytes % page != 0)
        refuse("Round it.", "The enclave's memory is in pages of %lu MiB: %s is not.", page / MIB,
               text);
    if (*text == '+')
        add_memory(bytes);
    else
        remove_memory(bytes);
}

/* --- the whole --- */

/* Those of a call that was killed, too. */
static void give_back_settings(void) {
    static struct record now;
    if (ledger_read(enclave.record.name, &now))
        settings_give_back(&now, enclave.ledger);
}

/* Before anybody else takes or gives. A core that did not answer in time may yet be on its way
 * through the page: it is stopped before that is Linux's again. */
static void end_resizing(void) {
    if (moving.is && !cpu_is_online(moving.cpu))
        apic_send_init(moving.apic_id);
    if (moving.lent)
        low_take_back(enclave.ledger);
    if (moving.is) {
        set_core(moving.number, false);
        return_core(moving.cpu, moving.apic_id);
    }
    give_back_settings();
    ledger_write(enclave.ledger, "state running");
}

/* Who resized it before was killed: a core that was on its way is the kernel's or Linux's again,
 * and then the page that it starts from is what it was. */
static void settle(void) {
    const struct record record = enclave.record;
    uint64_t has = ask_cores() & enclave.shared->cores;
    if (has == 0)
        fail("The kernel of %s does not say which cores it has.", record.name);
    __atomic_store_n(&enclave.shared->cores, has, __ATOMIC_RELEASE);
    tell_delegate();
    for (size_t i = 0; i < record.core_count; i++)
        if (record.cores[i].taken && find_number(record.cores[i].cpu) == CORES_MAX)
            return_core(record.cores[i].cpu, record.cores[i].apic_id);
    restore_low(&record, enclave.ledger);
    settings_give_back(&record, enclave.ledger);
}

static void find_enclave(const char *name) {
    recover();
    machine_lock();
    if (!ledger_read(name, &enclave.record) || enclave.record.state >= STATE_ENDING)
        refuse("See diver ps for those that are.", "There is no enclave %s that runs.", name);
    if (enclave.record.state < STATE_RUNNING)
        refuse("Try again in a moment.", "The enclave %s has only begun: its app does not run yet.",
               name);
}

static void open_enclave(void) {
    if (!enclave.record.file[0])
        refuse("Only enclaves can be resized.", "The app of %s runs on Linux's own cores.",
               enclave.record.name);
    int64_t ledger = ledger_open(enclave.record.name);
    int64_t memory = sys(__NR_open, "/dev/mem", O_RDWR | O_CLOEXEC);
    if (is_error(ledger) || is_error(memory))
        fail("The enclave %s cannot be reached: its ledger or /dev/mem cannot be opened.",
             enclave.record.name);
    enclave.ledger = hide((int)ledger);
    enclave.memory = hide((int)memory);
    enclave.shared = shared_open(enclave.record.name, false);
    pages_reopen(&enclave.pages, enclave.shared->node, enclave.shared->page_size, &enclave.record);
    apic_init(enclave.memory);
    low_map(enclave.memory, enclave.shared->trampoline);
    ask_init(enclave.shared, &enclave.pages, &enclave.record);
}

static void print_result(uint64_t start) {
    char cores[512] = "", line[1024];
    size_t length = 0;
    for (uint32_t i = 0; i < CORES_MAX; i++)
        if (enclave.shared->cores >> i & 1)
            length += format(cores + length, sizeof cores - length, "%s%u", length ? "," : "",
                             enclave.shared->cpus[i]);
    length =
        format(line, sizeof line,
               "{\"event\":\"resized\",\"cores\":[%s],\"memory_bytes\":%lu,\"took_us\":%lu}\n",
               cores, enclave.shared->memory, (nanoseconds(CLOCK_MONOTONIC_RAW) - start) / 1000);
    sys(__NR_write, 1, line, length);
    line[length - 1] = '\0';
    report_line("%s", line);
}

void resize(char **words) {
    uint64_t start = nanoseconds(CLOCK_MONOTONIC_RAW);
    if (!words[0])
        wrong("hardware resize", "without a name");
    find_enclave(words[0]);
    open_enclave();
    if (enclave.record.state == STATE_RESIZING)
        settle();
    struct process self = process_self();
    ledger_write(enclave.ledger, "helper %lu %lu", self.pid, self.started);
    at_failure(end_resizing);
    ledger_write(enclave.ledger, "state resizing");
    give_back_settings();
    for (char **word = words + 1; *word; word += 2)
        if (word[1] && equal(word[0], "--cpus"))
            change_cores(word[1]);
        else if (word[1] && equal(word[0], "--memory"))
            change_memory(word[1]);
        else
            wrong(word[0], word[1] ? word[1] : "without a value");
    report_switch(open_report(enclave.record.name));
    end_resizing();
    machine_unlock();
    print_result(start);
}
