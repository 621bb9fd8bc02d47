#include "hardware.h"
#include "facts.h"
#include "giveback.h"
#include "keeper.h"
#include "ledger.h"
#include "lib.h"
#include "options.h"
#include "resize.h"
#include "sys.h"

/* --- list --- */

__attribute__((format(printf, 1, 2))) static void print(const char *pattern, ...) {
    char text[4096];
    va_list arguments;
    va_start(arguments, pattern);
    size_t length = format_list(text, sizeof text, pattern, arguments);
    va_end(arguments);
    sys(__NR_write, 1, text, length);
}

static void list_one(const struct record *record, void *context) {
    char cores[512] = "", devices[512] = "";
    size_t length = 0;
    (void)context;
    for (size_t i = 0; i < record->core_count; i++)
        length += format(cores + length, sizeof cores - length, "%s%u", i ? "," : "",
                         record->cores[i].cpu);
    length = 0;
    for (size_t i = 0; i < record->device_count; i++)
        length += format(devices + length, sizeof devices - length, "%s\"%s\"", i ? "," : "",
                         record->devices[i].address);
    bool alive = record->state == STATE_ENDED || process_is_alive(record->keeper);
    print("{\"name\":\"%s\",\"state\":\"%s\",\"pid\":%lu,\"cores\":[%s],\"memory_bytes\":%lu,"
          "\"devices\":[%s],\"since\":%lu,\"boot_ms\":%lu}\n",
          record->name, alive ? state_names[record->state] : "orphaned", record->keeper.pid, cores,
          record->memory, devices, record->since, record->boot_ms);
}

static void list(void) {
    recover();
    ledger_all(list_one, NULL);
}

/* --- stop, wait --- */

/* Long enough for Linux to take all cores back; a keeper that is stuck is killed then. */
#define STOP_MS 20000

/* Until the enclave has ended and all was given back; false when the time is over. */
static bool wait_for(const char *name, int64_t milliseconds) {
    static struct record record;
    if (!ledger_read(name, &record) || record.state == STATE_ENDED)
        return true;
    int64_t keeper = process_open(record.keeper);
    struct pollfd ended = {(int32_t)keeper, POLLIN, 0};
    if (!is_error(keeper) && sys(__NR_poll, &ended, 1, milliseconds) == 0)
        return false;
    recover();
    return !ledger_read(name, &record) || record.state == STATE_ENDED;
}

static void signal_keeper(const char *name, int signal) {
    static struct record record;
    if (!ledger_read(name, &record) || record.state == STATE_ENDED)
        return;
    int64_t keeper = process_open(record.keeper);
    if (!is_error(keeper))
        sys(__NR_pidfd_send_signal, keeper, signal, 0, 0);
}

static bool stop(const char *name) {
    signal_keeper(name, SIGTERM);
    if (wait_for(name, STOP_MS))
        return true;
    signal_keeper(name, SIGKILL);
    return wait_for(name, STOP_MS);
}

/* --- the verbs --- */

_Noreturn static void start(char **words) {
    static struct options options;
    options_read(words, &options);
    keeper_start(&options);
}

static void make_folders(void) {
    sys(__NR_mkdir, HARDWARE_ROOT, 0755);
    sys(__NR_mkdir, ENCLAVES, 0755);
}

_Noreturn void hardware(char **words) {
    const char *verb = words[0] ? words[0] : "", *name = words[0] && words[1] ? words[1] : "";
    bool done = true;
    make_folders();
    if (equal(verb, "start"))
        start(words + 1);
    else if (equal(verb, "list"))
        list();
    else if (equal(verb, "stop"))
        done = stop(name);
    else if (equal(verb, "wait"))
        done = wait_for(name, -1);
    else if (equal(verb, "facts"))
        facts_print();
    else if (equal(verb, "resize"))
        resize(words + 1);
    else if (equal(verb, "recover"))
        recover();
    else
        fail("The agent does not know what hardware %s is: use the agent of this Diver.", verb);
    sys(__NR_exit_group, done ? 0 : 1);
    __builtin_unreachable();
}
