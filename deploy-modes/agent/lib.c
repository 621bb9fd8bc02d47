/* How the agent ends, and what it takes from Linux. */
#include "lib.h"
#include "report.h"
#include "sys.h"
#include "window.h"

static int errors = 2;

void quiet_errors(void) {
    errors = -1;
}

void keep_errors(void) {
    int64_t kept = sys(__NR_fcntl, errors, F_DUPFD_CLOEXEC, DESCRIPTORS_END);
    errors = is_error(kept) ? -1 : (int)kept;
}

static void (*undo_all)(void);

void at_failure(void (*undo)(void)) {
    undo_all = undo;
}

_Noreturn static void end(const char *message, const char *remedy) {
    char line[1024];
    void (*undo)(void) = undo_all;
    undo_all = NULL; /* it may fail, too */
    size_t length = format(line, sizeof line, "%s%s%s\n", message, *remedy ? " " : "", remedy);
    sys(__NR_write, errors, line, length);
    if (undo)
        undo();
    sys(__NR_exit_group, 1);
    __builtin_unreachable();
}

_Noreturn void fail(const char *pattern, ...) {
    char message[512];
    va_list arguments;
    va_start(arguments, pattern);
    format_list(message, sizeof message, pattern, arguments);
    va_end(arguments);
    report_error("failed", message);
    end(message, "");
}

_Noreturn void refuse(const char *remedy, const char *pattern, ...) {
    char message[512];
    va_list arguments;
    va_start(arguments, pattern);
    format_list(message, sizeof message, pattern, arguments);
    va_end(arguments);
    report_refusal(message, remedy);
    end(message, remedy);
}

void check_own(uint64_t address) {
    if (address < WINDOW_END)
        fail("Linux puts the agent at 0x%lx, among the app's addresses: limit the stack's size.",
             address);
}

void *allocate(size_t bytes) {
    int64_t at = sys(__NR_mmap, 0, align_up(bytes, PAGE), PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (is_error(at))
        fail("The agent gets no memory: %lu bytes were asked for.", bytes);
    check_own((uint64_t)at);
    return (void *)at;
}

int hide(int descriptor) {
    int64_t hidden = sys(__NR_fcntl, descriptor, F_DUPFD_CLOEXEC, DESCRIPTORS_END);
    if (is_error(hidden))
        fail("The agent cannot have a descriptor at %d or above: raise the limit of open files.",
             DESCRIPTORS_END);
    sys(__NR_close, descriptor);
    return (int)hidden;
}

void make_pipe(int32_t ends[2]) {
    int64_t result = sys(__NR_pipe2, ends, O_CLOEXEC);
    if (is_error(result))
        fail("There is no pipe between the agent's processes: error %d.", (int)-result);
    ends[0] = hide(ends[0]);
    ends[1] = hide(ends[1]);
}
