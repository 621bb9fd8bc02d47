/* A program whose first argument says what it does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int show(int argc, char **argv) {
    for (int i = 1; i < argc; i++)
        printf("[%s]\n", argv[i]);
    printf("COLOR=%s\n", getenv("COLOR") ? getenv("COLOR") : "");
    return 3;
}

static int count_input(void) {
    int lines = 0;
    for (int c = getchar(); c != EOF; c = getchar())
        lines += c == '\n';
    printf("%d lines\n", lines);
    return 0;
}

static int bytes(void) {
    for (int i = 0; i < 256; i++)
        putchar(i);
    fputs("\r\n\n\r", stdout);
    return 0;
}

static int copy(void) {
    char buffer[65536];
    for (ssize_t n; (n = read(0, buffer, sizeof buffer)) > 0;)
        for (ssize_t done = 0; done < n;)
            done += write(1, buffer + done, n - done);
    return 0;
}

static int forever(const char *text) {
    for (;;)
        puts(text);
}

__attribute__((noinline)) static void crash(void) {
    *(volatile int *)8 = 1;
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    if (!strcmp(what, "show"))
        return show(argc, argv);
    if (!strcmp(what, "count"))
        return count_input();
    if (!strcmp(what, "copy"))
        return copy();
    if (!strcmp(what, "both")) {
        fputs("to stdout\n", stdout);
        fputs("to stderr\n", stderr);
        return 0;
    }
    if (!strcmp(what, "bytes"))
        return bytes();
    if (!strcmp(what, "print"))
        return forever("all work and no play makes a dull guest");
    if (!strcmp(what, "crash"))
        crash();
    if (!strcmp(what, "wait")) {
        puts("waiting");
        fflush(stdout);
        for (;;)
            sleep(1);
    }
    return 99;
}
