#include "giveback.h"
#include "apic.h"
#include "cpus.h"
#include "files.h"
#include "lib.h"
#include "low.h"
#include "pages.h"
#include "pci.h"
#include "report.h"
#include "ring.h"
#include "settings.h"
#include "sys.h"

static int open_memory(void) {
    static int memory = -1;
    if (memory < 0) {
        int64_t opened = sys(__NR_open, "/dev/mem", O_RDWR | O_CLOEXEC);
        if (is_error(opened))
            fail("This Linux gives no access to physical memory: error %d for /dev/mem.",
                 (int)-opened);
        memory = hide((int)opened);
    }
    return memory;
}

/* An INIT to a core that Linux has would be that Linux's end: only to those that are offline. */
static void stop_cores(const struct record *record) {
    bool ready = false;
    for (size_t i = 0; i < record->core_count; i++) {
        const struct taken_core *core = &record->cores[i];
        if (!core->taken || cpu_is_online(core->cpu))
            continue;
        if (!ready)
            apic_init(open_memory());
        ready = true;
        apic_send_init(core->apic_id);
    }
}

#define END_MS 10000

/* And waits until it is gone, as it may be in the middle of something; whether it is. */
static bool end_process(struct process which) {
    int64_t process = process_open(which);
    if (is_error(process))
        return true;
    struct pollfd ended = {(int32_t)process, POLLIN, 0};
    sys(__NR_pidfd_send_signal, process, SIGKILL, 0, 0);
    int64_t result = sys(__NR_poll, &ended, 1, END_MS);
    sys(__NR_close, process);
    return result > 0;
}

void restore_low(const struct record *record, int ledger) {
    static char saved[LOW_BYTES + 1];
    char path[PATH_MAX];
    enclave_path(path, record->name, "low");
    if (record->low == 0 || file_read(path, saved, sizeof saved) != LOW_BYTES)
        return;
    low_map(open_memory(), record->low);
    low_restore((const uint8_t *)saved);
    ledger_note(ledger, "low 0");
}

static bool return_cores(const struct record *record, int ledger) {
    bool all = true;
    for (size_t i = 0; i < record->core_count; i++) {
        const struct taken_core *core = &record->cores[i];
        if (!core->taken)
            continue;
        int64_t result = cpu_is_online(core->cpu) ? 0 : cpu_set_online(ledger, core->cpu, true);
        if (is_error(result)) {
            char message[96];
            format(message, sizeof message, "Linux does not take core %u back: error %d.",
                   core->cpu, (int)-result);
            report_error("failed", message);
            all = false;
        } else {
            ledger_note(ledger, "core-back %u", core->cpu);
        }
    }
    return all;
}

bool give_back(const char *name, bool lost) {
    static struct record record;
    int64_t opened = ledger_open(name);
    if (is_error(opened) || !ledger_read(name, &record) || record.state == STATE_ENDED) {
        if (!is_error(opened))
            sys(__NR_close, opened);
        return true;
    }
    int ledger = hide((int)opened);
    if (record.cut)
        sys(__NR_ftruncate, ledger, record.whole);
    ledger_note(ledger, "state ending");
    bool all = end_process(record.helper);
    ledger_read(name, &record); /* it may have written on */
    stop_cores(&record);
    end_process(record.delegate);
    if (lost)
        report_error("lost", "The enclave's keeper was killed: what it had taken was given back.");
    restore_low(&record, ledger);
    settings_give_back(&record, ledger);
    all = all && return_cores(&record, ledger); /* a helper may yet take one */
    while (record.device_count > 0)             /* before memory, which they may write to */
        pci_give_back(&record.devices[--record.device_count], ledger);
    rings_give_back(&record, ledger);
    pages_give_back(&record, ledger);
    if (all)
        ledger_note(ledger, "state ended");
    sys(__NR_close, ledger);
    return all;
}

int open_report(const char *name) {
    char path[PATH_MAX];
    enclave_path(path, name, "report");
    int64_t report = sys(__NR_open, path, O_WRONLY | O_APPEND | O_CLOEXEC);
    return is_error(report) ? -1 : hide((int)report);
}

static void recover_one(const struct record *record, void *context) {
    char name[NAME_MAX];
    (void)context;
    if (record->state == STATE_ENDED || process_is_alive(record->keeper))
        return;
    format(name, sizeof name, "%s", record->name);
    int report = open_report(name), own = report_switch(report);
    give_back(name, true);
    report_switch(own);
    sys(__NR_close, report);
}

void recover_locked(void) {
    ledger_all(recover_one, NULL);
}

static void find_orphan(const struct record *record, void *found) {
    if (record->state != STATE_ENDED && !process_is_alive(record->keeper))
        *(bool *)found = true;
}

void recover(void) {
    bool any = false;
    ledger_all(find_orphan, &any);
    if (any) { /* else no wait for the lock */
        machine_lock();
        recover_locked();
        machine_unlock();
    }
    rings_sweep();
}
