#include "ledger.h"
#include "files.h"
#include "lib.h"
#include "sys.h"

#define LEDGER_MAX (256 * 1024)

const char *const state_names[STATE_COUNT] = {
    "created", "booting", "running", "resizing", "ending", "ended",
};

void enclave_path(char path[PATH_MAX], const char *name, const char *file) {
    format(path, PATH_MAX, ENCLAVES "/%s/%s", name, file);
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

void ledger_write(int ledger, const char *pattern, ...) {
    char line[1024];
    va_list arguments;
    va_start(arguments, pattern);
    size_t length = format_list(line, sizeof line - 1, pattern, arguments);
    va_end(arguments);
    line[length++] = '\n';
    int64_t written = sys(__NR_write, ledger, line, length);
    if (written != (int64_t)length)
        fail("The enclave's ledger cannot be written: error %d.", (int)-written);
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
    else if (equal(what, "core-back"))
        remove_core(record, number(word[1]));
    else if (equal(what, "device-back"))
        remove_device(record, word[1]);
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

bool ledger_read(const char *name, struct record *record) {
    static char text[LEDGER_MAX];
    char path[PATH_MAX];
    *record = (struct record){0};
    enclave_path(path, name, "ledger");
    if (file_read(path, text, sizeof text) <= 0)
        return false;
    for (char *line = text, *end; *line; line = end + 1) {
        for (end = line; *end && *end != '\n'; end++)
            ;
        record->cut = !*end;
        if (record->cut) /* nothing was taken by it */
            break;
        record->whole = (uint64_t)(end + 1 - text);
        *end = '\0';
        read_line(record, line);
    }
    return equal(record->name, name);
}

int64_t ledger_open(const char *name) {
    char path[PATH_MAX];
    enclave_path(path, name, "ledger");
    return sys(__NR_open, path, O_WRONLY | O_APPEND | O_CLOEXEC);
}

/* struct linux_dirent64 of getdents64(2). */
struct entry {
    uint64_t inode, offset;
    uint16_t length;
    uint8_t type;
    char name[];
};

void ledger_all(void (*each)(const struct record *record, void *context), void *context) {
    char entries[4096] __attribute__((aligned(8)));
    static struct record record;
    int64_t folder = sys(__NR_open, ENCLAVES, O_RDONLY | O_DIRECTORY | O_CLOEXEC), got;
    while (!is_error(folder) && (got = sys(__NR_getdents64, folder, entries, sizeof entries)) > 0)
        for (int64_t at = 0; at < got;) {
            const struct entry *entry = (const void *)(entries + at);
            at += entry->length;
            if (entry->name[0] != '.' && ledger_read(entry->name, &record))
                each(&record, context);
        }
    if (!is_error(folder))
        sys(__NR_close, folder);
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

/* struct flock of fcntl(2). The lock is the process's: a fork does not have it. */
struct flock {
    int16_t type, whence;
    int64_t start, length;
    int32_t pid;
};

static int lock_file = -1;

#define F_RDLCK 0
#define F_WRLCK 1
#define F_UNLCK 2

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
