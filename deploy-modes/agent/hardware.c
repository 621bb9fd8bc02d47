#include "hardware.h"
#include "clock.h"
#include "facts.h"
#include "files.h"
#include "giveback.h"
#include "keeper.h"
#include "ledger.h"
#include "lib.h"
#include "options.h"
#include "pages.h"
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

/* In a process of its own, which may fail, and is not to be heard. */
static void do_apart(void (*work)(char **words), char **words) {
    int64_t child = sys(__NR_fork);
    if (child == 0) {
        int64_t nowhere = sys(__NR_open, "/dev/null", O_WRONLY | O_CLOEXEC);
        sys(__NR_dup2, nowhere, 1);
        sys(__NR_dup2, nowhere, 2);
        work(words);
        sys(__NR_exit_group, 0);
    }
    if (!is_error(child))
        process_wait(child);
}

/* Somebody was killed who resized it, and nobody else may for a long time. */
static void settle(const struct record *record, void *context) {
    char name[NAME_MAX], *words[] = {name, NULL};
    (void)context;
    if (record->state != STATE_RESIZING || process_is_alive(record->helper) ||
        !process_is_alive(record->keeper))
        return;
    format(name, sizeof name, "%s", record->name);
    do_apart(resize, words);
}

#define BEGUN_WITHIN_S 60

/* Removes a folder that somebody made for an enclave and no keeper came to. */
static bool prune(const char *name, void *context) {
    char path[PATH_MAX];
    struct stat status;
    (void)context;
    enclave_path(path, name, "report"); /* a keeper begins with that */
    if (file_exists(path))
        return false;
    enclave_path(path, name, "");
    int64_t now = (int64_t)(nanoseconds(CLOCK_REALTIME) / 1000000000);
    if (!is_error(sys(__NR_stat, path, &status)) && now - status.modified.seconds > BEGUN_WITHIN_S)
        enclave_forget(name);
    return false;
}

static void list(void) {
    recover();
    any_name(ENCLAVES, prune, NULL);
    ledger_all(settle, NULL);
    ledger_all(list_one, NULL);
}

/* --- facts --- */

static void try_recover(char **words) {
    (void)words;
    recover();
}

/* Of the machine as it is when nothing is left behind, as far as that can be had. */
static void facts(void) {
    do_apart(try_recover, NULL);
    facts_print();
}

/* --- stop, wait --- */

/* Unless it is said: long enough for Linux to take all cores back. */
#define GRACE_MS      20000
#define GIVEN_BACK_MS 20000 /* behind the keeper's end, by others */

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

/* stop NAME [--grace MILLISECONDS], after which a keeper that is stuck is killed */
static void stop(char **words) {
    const char *name = words[0] ? words[0] : "", *value = words[0] && words[1] ? words[2] : NULL;
    uint64_t grace = GRACE_MS;
    if (value && (!equal(words[1], "--grace") || !parse_number(&value, "", &grace)))
        fail("The agent does not understand %s: use the agent of this Diver.", words[1]);
    signal_keeper(name, SIGTERM);
    if (wait_for(name, (int64_t)MIN(grace, (uint64_t)INT32_MAX)))
        return;
    signal_keeper(name, SIGKILL);
    if (!wait_for(name, GIVEN_BACK_MS))
        refuse("The next command tries again; dmesg there may say what holds it.",
               "Linux has not taken back all that the enclave %s had.", name);
}

/* --- the verbs --- */

_Noreturn static void start(char **words) {
    static struct options options;
    options_read(words, &options);
    pages_choose(&options);
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
        stop(words + 1);
    else if (equal(verb, "wait"))
        done = wait_for(name, -1);
    else if (equal(verb, "forget"))
        done = enclave_forget(name);
    else if (equal(verb, "facts"))
        facts();
    else if (equal(verb, "resize"))
        resize(words + 1);
    else if (equal(verb, "recover"))
        recover();
    else
        fail("The agent does not know what hardware %s is: use the agent of this Diver.", verb);
    sys(__NR_exit_group, done ? 0 : 1);
    __builtin_unreachable();
}
