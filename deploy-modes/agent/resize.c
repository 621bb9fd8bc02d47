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

static void update(void);

/* --- cores --- */

/* A core that is on its way from Linux to the kernel: where that fails it goes back. */
static struct {
    uint32_t cpu, apic_id, number;
    bool is, lent; /* there is one; the page that it starts from is borrowed */
} moving;

static void return_core(uint32_t cpu, uint32_t apic_id) {
    if (!cpu_is_online(cpu))
        apic_send_init(apic_id);
    int64_t result = cpu_is_online(cpu) ? 0 : cpu_set_online(cpu, true);
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

static uint32_t number_of(uint64_t cpu) {
    for (uint32_t number = 0; number < CORES_MAX; number++)
        if ((enclave.shared->cores >> number & 1) && enclave.shared->cpus[number] == cpu)
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

/* Gives Linux back the pieces that lie in a range, which are nobody's. */
static void drop_range(uint64_t start, uint64_t bytes) {
    struct shared *shared = enclave.shared;
    for (uint64_t i = 0; i < shared->piece_count; i++)
        if (shared->pieces[i].state == PIECE_HERE &&
            shared->pieces[i].piece.physical - start < bytes)
            shared->pieces[i].state = PIECE_GOING;
}

static void drop_going(void) {
    struct shared *shared = enclave.shared;
    struct piece *pieces = allocate(shared->piece_count * sizeof *pieces);
    size_t count = 0;
    for (uint64_t i = 0; i < shared->piece_count; i++)
        if (shared->pieces[i].state == PIECE_GOING)
            pieces[count++] = shared->pieces[i].piece;
    await_followed();
    update();
    pages_drop(&enclave.pages, pieces, count, &enclave.record, enclave.ledger);
    shared->memory -= count * shared->page_size;
    ledger_write(enclave.ledger, "memory %lu", shared->memory);
}

/* Offers the kernel the pieces, run by run; how many bytes it has taken. */
static uint64_t offer(int64_t *result) {
    const struct pages *pages = &enclave.pages;
    uint64_t taken = 0;
    for (size_t i = 0, length; i < pages->count; i += length) {
        length = pages_run(pages, i);
        uint64_t start = pages->pieces[i].physical, bytes = length * pages->size;
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
    pages_take_more(&enclave.pages, bytes / shared->page_size, &enclave.record, enclave.ledger);
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
    for (uint32_t i = 0; i < answer.range_count; i++)
        drop_range(answer.ranges[i].start, answer.ranges[i].bytes);
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

/* What the ledger says by now. */
static void update(void) {
    char name[NAME_MAX];
    format(name, sizeof name, "%s", enclave.record.name);
    if (!ledger_read(name, &enclave.record))
        fail("The enclave %s has no ledger any more.", name);
}

/* Before anybody else takes or gives. */
static void end_resizing(void) {
    if (moving.lent)
        low_take_back(enclave.ledger);
    if (moving.is) {
        set_core(moving.number, false);
        return_core(moving.cpu, moving.apic_id);
    }
    ledger_write(enclave.ledger, "state running");
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

/* Its report goes on. */
static void open_report(void) {
    char path[PATH_MAX];
    enclave_path(path, enclave.record.name, "report");
    int64_t report = sys(__NR_open, path, O_WRONLY | O_APPEND | O_CLOEXEC);
    report_init(is_error(report) ? -1 : hide((int)report), -1);
}

static void open_enclave(void) {
    if (!enclave.record.file[0])
        refuse("Only enclaves can be resized.", "The app of %s runs on Linux's own cores.",
               enclave.record.name);
    int64_t ledger = ledger_open(enclave.record.name);
    int64_t memory = sys(__NR_open, "/dev/mem", O_RDWR | O_CLOEXEC);
    int64_t file = sys(__NR_open, enclave.record.file, O_RDWR | O_CLOEXEC);
    if (is_error(ledger) || is_error(memory) || is_error(file))
        fail("The enclave %s cannot be reached: its ledger, /dev/mem or its memory cannot be "
             "opened.",
             enclave.record.name);
    enclave.ledger = hide((int)ledger);
    enclave.memory = hide((int)memory);
    enclave.shared = shared_open(enclave.record.name, false);
    enclave.pages = (struct pages){
        .size = enclave.shared->page_size,
        .node = enclave.shared->node,
        .file = hide((int)file),
    };
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
    struct process self = process_self();
    ledger_write(enclave.ledger, "helper %lu %lu", self.pid, self.started);
    at_failure(end_resizing);
    ledger_write(enclave.ledger, "state resizing");
    for (char **word = words + 1; *word; word += 2)
        if (word[1] && equal(word[0], "--cpus"))
            change_cores(word[1]);
        else if (word[1] && equal(word[0], "--memory"))
            change_memory(word[1]);
        else
            wrong(word[0], word[1] ? word[1] : "without a value");
    open_report();
    end_resizing();
    machine_unlock();
    print_result(start);
}
