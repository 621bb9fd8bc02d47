#include "tap.h"

#include <stdio.h>
#include <string.h>

static int problems;

void expect_at(const char *file, int line, const char *what, int64_t expected, int64_t actual) {
    if (expected == actual)
        return;
    problems++;
    printf("# %s:%d: %s is %ld, expected %ld\n", file, line, what, (long)actual, (long)expected);
}

void expect_text_at(const char *file, int line, const char *text, const char *part, bool there) {
    if ((strstr(text, part) != NULL) == there)
        return;
    problems++;
    printf("# %s:%d: %s '%s' in: %.2000s\n", file, line, there ? "no" : "there is", part, text);
}

int run_tests(const struct test *tests, const char *pattern) {
    int number = 0, failures = 0;
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (; tests->name; tests++) {
        if (pattern && !strstr(tests->name, pattern))
            continue;
        problems = 0;
        tests->run();
        failures += problems != 0;
        printf("%sok %d - %s\n", problems ? "not " : "", ++number, tests->name);
    }
    printf("1..%d\n# %d passed, %d failed\n", number, number - failures, failures);
    return number == 0 || failures != 0;
}
