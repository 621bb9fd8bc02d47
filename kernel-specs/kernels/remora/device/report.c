/* Writes the report's JSON lines. Nothing of the app's is in them but numbers. */
#include "remora/report.h"
#include "remora/delegate.h"
#include "remora/device.h"
#include "remora/lib.h"
#include "remora/memory.h"
#include "remora/syscall.h"
#include "remora/version.h"
#include "remora/x86.h"

#include <diver/enclave.h>
#include <diver/report.h>

#define MICROSECOND 1000

static struct port *port;
static uint64_t app_start; /* clock_now at the app's first instruction */

/* Text on its way to the port. It is sent in one piece unless it is longer than this. */
static char buffer[8192];
static size_t buffered;

static void flush(void) {
    struct span span = {kernel_to_physical(buffer), buffered};
    if (delegate_available())
        delegate_text(DIVER_REPORT, buffer, buffered);
    else if (port && buffered > 0)
        port_write(port, &span, 1);
    buffered = 0;
}

__attribute__((format(printf, 1, 2))) static void put(const char *pattern, ...) {
    va_list arguments;
    if (sizeof buffer - buffered < 512)
        flush();
    va_start(arguments, pattern);
    buffered += format_list(buffer + buffered, sizeof buffer - buffered, pattern, arguments);
    va_end(arguments);
}

static uint64_t run_us(void) {
    return (clock_now() - app_start) / MICROSECOND;
}

void report_init(void) {
    if (!delegate_available())
        port = port_open("dev.diver.report");
}

void report_boot(uint64_t app_base) {
    put("{\"event\":\"boot\",\"abi\":%d,\"kernel\":\"remora %s\",\"boot_us\":%lu",
        DIVER_REPORT_VERSION, REMORA_VERSION, clock_now() / MICROSECOND);
    if (app_base != 0)
        put(",\"app_base\":\"0x%lx\"", app_base);
    put("}\n");
    flush();
    app_start = clock_now();
}

void report_device(const struct diver_device *device, bool configured, const uint32_t *value) {
    uint32_t at = device->address;
    put("{\"event\":\"device\",\"address\":\"%04x:%02x:%02x.%u\",\"vendor\":\"%04x\","
        "\"device\":\"%04x\",\"class\":\"%06x\",\"configured\":%s",
        at >> 16, at >> 8 & 0xff, at >> 3 & 31, at & 7, device->vendor, device->device,
        device->class, configured ? "true" : "false");
    if (value)
        put(",\"register\":\"0x%08x\"", *value);
    put("}\n");
    flush();
}

/* --- what has been counted --- */

/* What was spent on the way is what is left of it all. */
static void put_times(const struct syscall_count *counts) {
    uint64_t all = clock_of(counts->ticks), there = counts->service + counts->waiting;
    put(",\"forwarding_ns\":%lu,\"service_ns\":%lu,\"waiting_ns\":%lu",
        all > there ? all - there : 0, counts->service, counts->waiting);
}

static void put_call(int number, const struct syscall_count *counts, bool first) {
    char unnamed[16];
    const char *name = number < 0 ? "out_of_range" : syscall_table[number].name;
    if (!name) {
        format(unnamed, sizeof unnamed, "syscall_%d", number);
        name = unnamed;
    }
    put("%s{\"nr\":%d,\"name\":\"%s\",\"local\":%lu,\"forwarded\":%lu,\"unsupported\":%lu",
        first ? "" : ",", number, name, counts->local, counts->forwarded, counts->unsupported);
    if (counts->forwarded > 0)
        put_times(counts);
    put("}");
}

static void put_calls(void) {
    bool first = true;
    put("{\"event\":\"syscalls\",\"calls\":[");
    for (int number = 0; number <= SYSCALL_NUMBERS; number++) {
        struct syscall_count total = syscall_total((unsigned)number);
        if (total.local + total.forwarded + total.unsupported == 0)
            continue;
        put_call(number < SYSCALL_NUMBERS ? number : -1, &total, first);
        first = false;
    }
    put("]}\n");
}

static void put_memory(void) {
    put("{\"event\":\"memory\",\"heap_bytes\":%lu,\"total_bytes\":%lu,\"peak_bytes\":%lu}\n",
        heap_bytes(), frames_total(), frames_peak());
}

/* --- the end --- */

/* The last line; where there is nobody to send it to, it goes to the log. */
static void finish(void) {
    if (!port && !delegate_available())
        serial_write(buffer, buffered);
    flush();
}

void report_exit(int status) {
    uint64_t time = run_us();
    put_calls();
    put_memory();
    flush();
    put("{\"event\":\"exit\",\"status\":%d,\"run_us\":%lu}\n", status, time);
    finish();
}

static void put_registers(const struct frame *f) {
    put("\"registers\":{\"rip\":\"0x%lx\",\"rsp\":\"0x%lx\",\"rflags\":\"0x%lx\",", f->rip, f->rsp,
        f->rflags);
    put("\"rax\":\"0x%lx\",\"rbx\":\"0x%lx\",\"rcx\":\"0x%lx\",\"rdx\":\"0x%lx\",", f->rax, f->rbx,
        f->rcx, f->rdx);
    put("\"rsi\":\"0x%lx\",\"rdi\":\"0x%lx\",\"rbp\":\"0x%lx\",", f->rsi, f->rdi, f->rbp);
    put("\"r8\":\"0x%lx\",\"r9\":\"0x%lx\",\"r10\":\"0x%lx\",\"r11\":\"0x%lx\",", f->r8, f->r9,
        f->r10, f->r11);
    put("\"r12\":\"0x%lx\",\"r13\":\"0x%lx\",\"r14\":\"0x%lx\",\"r15\":\"0x%lx\"}", f->r12, f->r13,
        f->r14, f->r15);
}

void report_killed(int signal, const uint64_t *fault_address, const struct frame *frame,
                   const char *reason) {
    uint64_t time = run_us();
    put_calls();
    put_memory();
    flush();
    put("{\"event\":\"signal\",\"signal\":%d,", signal);
    if (fault_address)
        put("\"fault_addr\":\"0x%lx\",", *fault_address);
    if (reason)
        put("\"reason\":\"%s\",", reason);
    put_registers(frame);
    put(",\"run_us\":%lu}\n", time);
    finish();
}

/* The message may quote the command line or the app; it stays one string of JSON. */
static void put_message(const char *event, const char *message) {
    char text[256];
    format(text, sizeof text, "%s", message);
    for (char *c = text; *c; c++)
        if (*c < ' ' || *c > '~' || *c == '"' || *c == '\\')
            *c = '?';
    put("{\"event\":\"%s\",\"message\":\"%s\"}\n", event, text);
    finish();
}

void report_panic(const char *message) {
    buffered = 0; /* it may have come in the middle of a line */
    put_message("panic", message);
}

void report_refused(const char *message) {
    put_message("refused", message);
}
