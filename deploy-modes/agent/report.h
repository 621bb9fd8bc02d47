/* What Diver is told: JSON lines in the report, text in the log. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Descriptors of the report and of the kernel's log; negative: there is none. */
void report_init(int report, int log);
/* From now on it goes there; where it went before. */
int report_switch(int to);
/* One line of the agent's own; `pattern` as in lib.h's format, without the newline. */
void report_line(const char *pattern, ...) __attribute__((format(printf, 1, 2)));
/* {"event":"agent-error"}: `kind` is garbage, lost, refused or failed. */
void report_error(const char *kind, const char *message);
/* The same of kind refused, with what would help. */
void report_refusal(const char *message, const char *remedy);
/* Whole lines from the kernel, which is not trusted: what is no line of JSON text is not passed on.
 */
void report_kernel(const char *text, size_t length);
/* Text from the kernel; it is changed. */
void report_log(char *text, size_t length);
