#include "ledger.h"
#include "files.h"
#include "lib.h"
#include "sys.h"

const char *const state_names[STATE_COUNT] = {
    "created", "booting", "running", "resizing", "ending", "ended",
};

void enclave_path(char path[PATH_MAX], const char *name, const char *file) {
    format(path, PATH_MAX, ENCLAVES "/%s/%s", name, file);
}

bool is_enclave_name(const char *name) {
    for (const char *c = name; *c; c++) {
        bool letter = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z');
        bool inner = *c == '.' || *c == '-' || *c == '_';
        if (!letter && !(*c >= '0' && *c <= '9') && (c == name || !inner))
            return false;
    }
    return *name && strlen(name) < NAME_MAX;
}

/* --- writing --- */

int ledger_begin(const char *folder, const char *name) {
    char path[PATH_MAX];
    format(path, sizeof path, "%s/ledger", folder);
    int64_t ledger = sys(__NR_open, path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
    if (is_error(ledger))
        fail("%s cannot be made: error %d. Each enclave has a folder of its own.", path,
             (int)-ledger);
    int kept = hide((int)ledger);
    struct process self = process_self();
    ledger_write(kept, "name %s", name);
    ledger_write(kept, "keeper %lu %lu", self.pid, self.started);
    return kept;
}

#define LINE_MAX 1024

/* All of the line or nothing of it: the next would be joined to a piece. */
static int64_t write_line(int ledger, const char *pattern, va_list arguments) {
    char line[LINE_MAX];
    size_t length = format_list(line, sizeof line - 1, pattern, arguments);
    line[length++] = '\n';
    int64_t written = sys(__NR_write, ledger, line, length);
    if (written == (int64_t)length)
        return 0;
    if (written > 0)
        sys(__NR_ftruncate, ledger, sys(__NR_lseek, ledger, 0, SEEK_CUR) - written);
    return is_error(written) ? written : -ENOSPC;
}

void ledger_write(int ledger, const char *pattern, ...) {
    va_list arguments;
    va_start(arguments, pattern);
    int64_t result = write_line(ledger, pattern, arguments);
    va_end(arguments);
    if (is_error(result))
        fail("The enclave's ledger cannot be written: error %d.", (int)-result);
}

bool ledger_note(int ledger, const char *pattern, ...) {
    va_list arguments;
    va_start(arguments, pattern);
    int64_t result = write_line(ledger, pattern, arguments);
    va_end(arguments);
    return !is_error(result);
}

/* --- reading --- */

static uint64_t number(const char *word) {
    uint64_t value = 0;
    return parse_number(&word, "", &value) ? value : 0;
}

static void copy_text(char *to, size_t size, const char *word) {
    format(to, size, "%s", word);
}

static struct taken_core *core_of(struct record *record, uint64_t cpu) {
    for (size_t i = 0; i < record->core_count; i++)
        if (record->cores[i].cpu == cpu)
            return &record->cores[i];
    if (record->core_count == CORES_MAX)
        return NULL;
    record->cores[record->core_count] = (struct taken_core){.cpu = (uint32_t)cpu};
    return &record->cores[record->core_count++];
}

static void remove_core(struct record *record, uint64_t cpu) {
    struct taken_core *core = core_of(record, cpu);
    if (core)
        *core = record->cores[--record->core_count];
}

static void add_device(struct record *record, char *const word[]) {
    struct taken_device *device = &record->devices[record->device_count++];
    copy_text(device->address, sizeof device->address, word[1]);
    copy_text(device->driver, sizeof device->driver, word[2]);
}

static void remove_device(struct record *record, const char *address) {
    for (size_t i = 0; i < record->device_count; i++)
        if (equal(record->devices[i].address, address))
            record->devices[i] = record->devices[--record->device_count];
}

static void remove_setting(struct record *record, const char *path) {
    for (size_t i = 0; i < record->setting_count; i++)
        if (equal(record->settings[i].path, path))
            record->settings[i] = record->settings[--record->setting_count];
}

static void add_setting(struct record *record, char *const word[]) {
    remove_setting(record, word[1]);
    if (record->setting_count == SETTINGS_MAX)
        return;
    struct changed_setting *setting = &record->settings[record->setting_count++];
    copy_text(setting->path, sizeof setting->path, word[1]);
    setting->before = number(word[2]);
    setting->ours = number(word[3]);
}

static void read_state(struct record *record, const char *name) {
    for (unsigned state = 0; state < STATE_COUNT; state++)
        if (equal(name, state_names[state]))
            record->state = state;
    if (record->state == STATE_ENDED)
        record->core_count = 0; /* those that it had only claimed, too */
}

#define WORDS 4

static void read_words(struct record *record, char *word[WORDS]) {
    const char *what = word[0];
    if (equal(what, "name"))
        copy_text(record->name, sizeof record->name, word[1]);
    else if (equal(what, "keeper"))
        record->keeper = (struct process){number(word[1]), number(word[2])};
    else if (equal(what, "delegate"))
        record->delegate = (struct process){number(word[1]), number(word[2])};
    else if (equal(what, "helper"))
        record->helper = (struct process){number(word[1]), number(word[2])};
    else if (equal(what, "since"))
        record->since = number(word[1]);
    else if (equal(what, "state"))
        read_state(record, word[1]);
    else if (equal(what, "boot-ms"))
        record->boot_ms = number(word[1]);
    else if (equal(what, "memory"))
        record->memory = number(word[1]);
    else if (equal(what, "low"))
        record->low = number(word[1]);
    else if (equal(what, "file"))
        copy_text(record->file, sizeof record->file, word[1]);
    else if (equal(what, "pool")) {
        copy_text(record->pool, sizeof record->pool, word[1]);
        record->pool_before = number(word[2]);
        record->pool_raised = UNKNOWN;
    } else if (equal(what, "pool-raised"))
        record->pool_raised = number(word[1]);
    else if (equal(what, "stream"))
        copy_text(record->streams[number(word[1]) % 2], PATH_MAX, word[2]);
    else if (equal(what, "stream-back"))
        record->streams[number(word[1]) % 2][0] = '\0';
    else if (equal(what, "core-back"))
        remove_core(record, number(word[1]));
    else if (equal(what, "device-back"))
        remove_device(record, word[1]);
    else if (equal(what, "setting"))
        add_setting(record, word);
    else if (equal(what, "setting-back"))
        remove_setting(record, word[1]);
    else if (equal(what, "device") && record->device_count < ARRAY_SIZE(record->devices))
        add_device(record, word);
    else if (equal(what, "core")) { /* first without, then with its APIC: to be taken */
        struct taken_core *core = core_of(record, number(word[1]));
        if (core && word[2][0]) {
            core->apic_id = (uint32_t)number(word[2]);
            core->taken = true;
        }
    }
}

/* Cuts the line into words. */
static void read_line(struct record *record, char *line) {
    char *word[WORDS] = {"", "", "", ""};
    for (size_t i = 0; i < WORDS && *line; i++) {
        word[i] = line;
        while (*line && *line != ' ')
            line++;
        if (*line)
            *line++ = '\0';
    }
    read_words(record, word);
}

/* The beginning of a line whose end has not been read yet. */
struct line {
    char text[LINE_MAX];
    size_t length;
};

static void read_bytes(struct record *record, struct line *line, const char *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] != '\n') {
            line->text[line->length] = bytes[i];
            line->length = MIN(line->length + 1, (size_t)LINE_MAX - 1);
            continue;
        }
        line->text[line->length] = '\0';
        record->whole += line->length + 1;
        line->length = 0;
        read_line(record, line->text);
    }
}

bool ledger_read(const char *name, struct record *record) {
    char path[PATH_MAX], bytes[4096];
    struct line line = {.length = 0};
    *record = (struct record){0};
    if (!is_enclave_name(name))
        return false;
    enclave_path(path, name, "ledger");
    int64_t file = sys(__NR_open, path, O_RDONLY | O_CLOEXEC), got;
    while (!is_error(file) && (got = sys(__NR_read, file, bytes, sizeof bytes)) > 0)
        read_bytes(record, &line, bytes, (size_t)got);
    if (!is_error(file))
        sys(__NR_close, file);
    record->cut = line.length > 0; /* nothing was taken by it */
    return equal(record->name, name);
}

int64_t ledger_open(const char *name) {
    char path[PATH_MAX];
    enclave_path(path, name, "ledger");
    return sys(__NR_open, path, O_WRONLY | O_APPEND | O_CLOEXEC);
}

struct visit {
    void (*each)(const struct record *record, void *context);
    void *context;
};

static bool visit_one(const char *name, void *context) {
    static struct record record;
    const struct visit *visit = context;
    if (ledger_read(name, &record))
        visit->each(&record, visit->context);
    return false;
}

void ledger_all(void (*each)(const struct record *record, void *context), void *context) {
    struct visit visit = {each, context};
    any_name(ENCLAVES, visit_one, &visit);
}

/* --- its end --- */

static bool remove_file(const char *name, void *enclave) {
    char path[PATH_MAX];
    enclave_path(path, enclave, name);
    sys(__NR_unlink, path);
    return false;
}

bool enclave_forget(const char *name) {
    static struct record record;
    char folder[PATH_MAX];
    if (!is_enclave_name(name) || (ledger_read(name, &record) && record.state != STATE_ENDED))
        return false;
    enclave_path(folder, name, "");
    any_name(folder, remove_file, (void *)name);
    return !is_error(sys(__NR_rmdir, folder));
}

/* --- processes --- */

/* proc(5), /proc/PID/stat: the 22nd word; the second is in parentheses and may hold anything. 0
 * where there is none, or it has ended and is only waited for. */
static uint64_t started(uint64_t pid) {
    char path[32], text[1024];
    format(path, sizeof path, "/proc/%lu/stat", pid);
    int64_t length = file_read(path, text, sizeof text);
    int64_t at = length - 1;
    while (at > 0 && text[at] != ')')
        at--;
    if (length <= 0 || at == 0 || text[at + 2] == 'Z' || text[at + 2] == 'X')
        return 0;
    const char *word = text + at + 2;
    for (int spaces = 0; *word && spaces < 19; word++)
        spaces += *word == ' ';
    uint64_t value;
    return parse_number(&word, " ", &value) ? value : 0;
}

struct process process_of(uint64_t pid) {
    return (struct process){pid, started(pid)};
}

struct process process_self(void) {
    return process_of((uint64_t)sys(__NR_getpid));
}

bool process_is_alive(struct process process) {
    return process.pid != 0 && process.started != 0 && started(process.pid) == process.started;
}

int64_t process_open(struct process process) {
    int64_t descriptor = process.pid ? sys(__NR_pidfd_open, process.pid, 0) : -ESRCH;
    if (is_error(descriptor) || process_is_alive(process))
        return descriptor;
    sys(__NR_close, descriptor);
    return -ESRCH;
}

int64_t process_wait(int64_t child) {
    int32_t status = 0;
    while (sys(__NR_wait4, child, &status, 0, 0) == -EINTR)
        ;
    return status & 0x7f ? -(status & 0x7f) : status >> 8 & 0xff;
}

/* --- the lock --- */

/* The process's: a fork does not have it. */
static int lock_file = -1;

static int64_t change_lock(int16_t type) {
    struct flock flock = {.type = type};
    int64_t result;
    while ((result = sys(__NR_fcntl, lock_file, F_SETLKW, &flock)) == -EINTR)
        ;
    return result;
}

void machine_lock(void) {
    if (lock_file < 0) {
        int64_t file = sys(__NR_open, HARDWARE_ROOT "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (is_error(file))
            fail(HARDWARE_ROOT "/lock cannot be opened: error %d. Enclaves are taken by root.",
                 (int)-file);
        lock_file = hide((int)file);
    }
    int64_t result = change_lock(F_WRLCK);
    if (is_error(result))
        fail(HARDWARE_ROOT "/lock cannot be locked: error %d.", (int)-result);
}

void machine_unlock(void) {
    change_lock(F_UNLCK);
}

void ledger_forget(void) {
    sys(__NR_close, lock_file);
    lock_file = -1;
}
