/* The kernel log, and the end of a kernel that cannot go on. */
#include "remora/delegate.h"
#include "remora/device.h"
#include "remora/lib.h"
#include "remora/report.h"
#include "remora/x86.h"

static void log_list(const char *pattern, va_list arguments) {
    char line[256];
    size_t length = format_list(line, sizeof line - 1, pattern, arguments);
    line[length++] = '\n';
    if (machine_detect() == MACHINE_SHARED)
        delegate_text(DIVER_LOG, line, length);
    else
        serial_write(line, length);
}

void log_line(const char *pattern, ...) {
    va_list arguments;
    va_start(arguments, pattern);
    log_list(pattern, arguments);
    va_end(arguments);
}

_Noreturn void panic(const char *pattern, ...) {
    static bool panicking;
    char message[256];
    va_list arguments;
    va_start(arguments, pattern);
    format_list(message, sizeof message, pattern, arguments);
    va_end(arguments);
    cores_stop();
    log_line("panic: %s", message);
    if (!panicking) { /* the report itself may be what fails */
        panicking = true;
        report_panic(message);
        delegate_end(DIVER_END_PANIC, 0);
    }
    machine_reset();
}
