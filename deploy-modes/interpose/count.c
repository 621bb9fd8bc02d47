#include "count.h"
#include "calls.h"
#include "options.h"
#include "thread.h"

static void add_use(struct use *to, uint64_t calls_before, const struct use *from) {
    to->least = calls_before == 0 ? from->least : MIN(to->least, from->least);
    to->most = MAX(to->most, from->most);
    to->cycles += from->cycles;
    to->forwarded += from->forwarded;
    to->forwarding += from->forwarding;
    for (unsigned i = 0; i < BUCKETS; i++)
        to->buckets[i] += from->buckets[i];
}

static unsigned bucket_of(uint64_t cycles) {
    uint64_t ns = nanoseconds(cycles);
    return ns < 2 ? 0 : MIN(63u - (unsigned)__builtin_clzll(ns), BUCKETS - 1u);
}

void count(struct counts *counts, uint64_t number, uint64_t cycles) {
    number = MIN(number, NUMBERS - 1ull);
    struct use *use = &counts->uses[number];
    if (counts->calls[number]++ == 0 || cycles < use->least)
        use->least = cycles;
    use->most = MAX(use->most, cycles);
    use->cycles += cycles;
    use->buckets[bucket_of(cycles)]++;
}

void count_forwarded(struct counts *counts, uint64_t number, uint64_t cycles) {
    struct use *use = &counts->uses[MIN(number, NUMBERS - 1ull)];
    use->forwarded++;
    use->forwarding += cycles;
}

void count_stub(struct thread *thread) {
    if (!thread->counting)
        return;
    thread->counting = false;
    uint64_t cycles = thread->ended - thread->started;
    count(thread->counts, thread->number, cycles - MIN(cycles, options.bias));
}

void counts_add(struct counts *to, const struct counts *from) {
    for (unsigned i = 0; i < NUMBERS; i++) {
        if (from->calls[i] == 0)
            continue;
        add_use(&to->uses[i], to->calls[i], &from->uses[i]);
        to->calls[i] += from->calls[i];
    }
}

void counts_clear(struct counts *counts) {
    for (unsigned i = 0; i < NUMBERS; i++)
        if (counts->calls[i] != 0)
            memset(&counts->uses[i], 0, sizeof counts->uses[i]);
    memset(counts->calls, 0, sizeof counts->calls);
}

/* --- the line --- */

#define LINE_BYTES 0x80000ull

struct line {
    char *text;
    size_t length;
};

__attribute__((format(printf, 2, 3))) static void put(struct line *line, const char *pattern, ...) {
    va_list arguments;
    va_start(arguments, pattern);
    line->length +=
        format_list(line->text + line->length, LINE_BYTES - line->length, pattern, arguments);
    va_end(arguments);
}

static void put_string(struct line *line, const char *text) {
    put(line, "\"");
    for (; *text; text++)
        if (*text == '"' || *text == '\\')
            put(line, "\\%c", *text);
        else if ((uint8_t)*text < 0x20)
            put(line, "\\u00%x%x", (unsigned)*text / 16, (unsigned)*text % 16);
        else
            put(line, "%c", *text);
    put(line, "\"");
}

static void put_use(struct line *line, uint64_t number, uint64_t made, const struct use *use) {
    if (number < NUMBERS && calls[number].name)
        put(line, "{\"name\":\"%s\"", calls[number].name);
    else
        put(line, "{\"nr\":%lu", number);
    put(line, ",\"calls\":%lu,\"service_ns\":%lu,\"min_ns\":%lu,\"max_ns\":%lu", made,
        nanoseconds(use->cycles), nanoseconds(use->least), nanoseconds(use->most));
    if (use->forwarded)
        put(line, ",\"forwarded\":%lu,\"forwarding_ns\":%lu", use->forwarded,
            nanoseconds(use->forwarding));
    unsigned used = BUCKETS;
    while (used > 0 && use->buckets[used - 1] == 0)
        used--;
    put(line, ",\"histogram\":[");
    for (unsigned i = 0; i < used; i++)
        put(line, "%s%u", i ? "," : "", use->buckets[i]);
    put(line, "]}");
}

static bool line_begin(struct line *line) {
    int64_t at = sys(__NR_mmap, 0, LINE_BYTES, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    *line = (struct line){(char *)at, 0};
    return !is_error(at);
}

static void line_append(struct line *line) {
    put(line, "\n");
    int64_t file =
        sys(__NR_open, options.count_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (!is_error(file)) {
        sys(__NR_write, file, line->text, line->length);
        sys(__NR_close, file);
    }
    sys(__NR_munmap, line->text, LINE_BYTES);
}

/* Everything into `ended`: of threads that still run, what they have noted. */
static uint64_t collect(struct process *process) {
    uint64_t lifetime = process->ended_cycles, now = read_tsc();
    lock(&process->lock);
    for (struct thread *thread = process->live; thread; thread = thread->next) {
        counts_add(process->ended, thread->counts);
        lifetime += now - thread->born;
    }
    unlock(&process->lock);
    return lifetime;
}

/* How many calls came as traps and went on at once; what forwarding takes is told apart. */
static uint64_t trapped(const struct counts *counts) {
    uint64_t sum = 0;
    for (unsigned i = 0; i < NUMBERS; i++)
        if (counts->calls[i] != 0)
            sum += counts->calls[i] - MIN(counts->calls[i], counts->uses[i].forwarded);
    return sum;
}

void counts_write(struct process *process, const char *end, int number) {
    struct line line;
    if (!options.count_file || process->written || !line_begin(&line))
        return;
    process->written = true;
    uint64_t lifetime = collect(process);
    put(&line, "{\"pid\":%ld,\"threads\":%u,\"lifetime_ns\":%lu,\"overhead_ns\":%lu,\"syscalls\":[",
        sys(__NR_getpid), process->threads, nanoseconds(lifetime),
        nanoseconds(trapped(process->ended) * options.trap));
    const char *comma = "";
    for (unsigned i = 0; i < NUMBERS; i++) {
        if (process->ended->calls[i] == 0)
            continue;
        put(&line, "%s", comma);
        put_use(&line, i, process->ended->calls[i], &process->ended->uses[i]);
        comma = ",";
    }
    put(&line, "]");
    if (end)
        put(&line, ",\"%s\":%d", end, number);
    put(&line, "}");
    line_append(&line);
}

void counts_write_forwarding(void) {
    struct line line;
    if (!options.count_file || !line_begin(&line))
        return;
    put(&line,
        "{\"pid\":%ld,\"mechanism\":\"%s\",\"floor_ns\":%lu,\"round_trip_ns\":%lu,"
        "\"trap_ns\":%lu,\"delegate_core\":%d}",
        sys(__NR_getpid), MECHANISM, options.floor,
        options.round_trip ? options.round_trip : options.floor, nanoseconds(options.trap),
        options.delegate_core);
    line_append(&line);
}

void counts_restart(struct process *process) {
    lock(&process->lock);
    counts_clear(process->ended);
    process->ended_cycles = 0;
    for (struct thread *thread = process->live; thread; thread = thread->next) {
        counts_clear(thread->counts);
        thread->born = read_tsc();
    }
    process->written = false;
    unlock(&process->lock);
}

void counts_write_outside(const char *path, const char *why) {
    struct line line;
    if (!options.count_file || !line_begin(&line))
        return;
    put(&line, "{\"pid\":%ld,\"outside\":", sys(__NR_getpid));
    put_string(&line, path);
    put(&line, ",\"why\":");
    put_string(&line, why);
    put(&line, "}");
    line_append(&line);
}
