/* Tests that print TAP: https://testanything.org/ */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Notes a problem of the running test if what is expected is not so. */
void expect_at(const char *file, int line, const char *what, int64_t expected, int64_t actual);
void expect_text_at(const char *file, int line, const char *text, const char *part, bool there);

#define expect(expected, actual)                                                                   \
    expect_at(__FILE__, __LINE__, #actual, (int64_t)(expected), (int64_t)(actual))
#define expect_text(text, part)    expect_text_at(__FILE__, __LINE__, text, part, true)
#define expect_no_text(text, part) expect_text_at(__FILE__, __LINE__, text, part, false)

struct test {
    const char *name;
    void (*run)(void);
};

/* Runs those whose names contain the pattern; the process's status. */
int run_tests(const struct test *tests, const char *pattern);
