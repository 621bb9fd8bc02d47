/* The supervisor as Diver sees it. */
#define _GNU_SOURCE
#include "protocol.h"
#include "tap.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM "build/diver-supervisor"
#define LONGEST 60 /* seconds of a test: then it hangs */

static char folder[] = "/tmp/supervisor-XXXXXX";
static pid_t supervisor;
static int requests, events, inherited; /* this process's ends */

/* --- the supervisor --- */

/* Stages inherit its standard output, or its standard error. */
static void open_inheriting(bool errors) {
    int in[2], out[2], err[2];
    alarm(LONGEST);
    if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC))
        exit(1);
    supervisor = fork();
    if (supervisor == 0) {
        dup2(in[0], 0);
        dup2(out[1], errors ? 2 : 1);
        dup2(err[1], errors ? 1 : 2);
        close_range(3, ~0u, 0);
        execl(PROGRAM, PROGRAM, errors ? "errors" : NULL, NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    close(err[1]);
    requests = in[1];
    inherited = out[0];
    events = err[0];
}

static void open_supervisor(void) {
    open_inheriting(false);
}

/* What the supervisor ends with, when it does. */
static int end_of_supervisor(void) {
    int status;
    waitpid(supervisor, &status, 0);
    close(events);
    close(inherited);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

static int close_supervisor(void) {
    close(requests);
    return end_of_supervisor();
}

/* --- requests --- */

static char request[1 << 16];
static uint32_t length;

static void text(const char *text) {
    memcpy(request + length, text, strlen(text) + 1);
    length += (uint32_t)strlen(text) + 1;
}

static void number(unsigned value) {
    char digits[16];
    snprintf(digits, sizeof digits, "%u", value);
    text(digits);
}

static void send_request(void) {
    if (write(requests, &length, sizeof length) != sizeof length ||
        write(requests, request, length) != (ssize_t)length)
        printf("# the request was not taken\n");
    length = 0;
}

/* What most requests have in common. */
static struct {
    unsigned deadline, grace;
    const char *cores, *folder, *in, *how, *out, *variable;
} how;

static void usual(void) {
    how.deadline = 0;
    how.grace = 30000;
    how.cores = "";
    how.folder = folder;
    how.in = "/dev/null";
    how.how = "tell";
    how.out = "";
    how.variable = "PATH=/usr/bin:/bin";
}

static void start(unsigned id, const char *const *words) {
    unsigned count = 0;
    while (words[count])
        count++;
    text("start");
    number(id);
    number(how.deadline);
    number(how.grace);
    text(how.cores);
    text(how.folder);
    text(how.in);
    text(how.how);
    text(how.out);
    number(count);
    while (*words)
        text(*words++);
    text("");
    text(how.variable);
    send_request();
}

#define START(id, ...) start(id, (const char *const[]){__VA_ARGS__, NULL})

static void stop(unsigned id) {
    text("stop");
    number(id);
    send_request();
}

/* --- events --- */

static struct event event;
static char output[1 << 22]; /* all that was told since `expect_start` */
static size_t output_length;

static bool read_whole(void *to, size_t size) {
    for (size_t have = 0; have < size;) {
        ssize_t got = read(events, (char *)to + have, size - have);
        if (got <= 0)
            return false;
        have += (size_t)got;
    }
    return true;
}

static bool next_event(void) {
    if (!read_whole(&event, sizeof event))
        return false;
    if (event.kind == EVENT_PRINTED || event.kind == EVENT_SAID) {
        if (output_length + event.value >= sizeof output)
            output_length = 0;
        if (!read_whole(output + output_length, event.value))
            return false;
        output_length += event.value;
        output[output_length] = '\0';
    }
    return true;
}

/* The process that was started. */
static pid_t expect_start(unsigned id) {
    output_length = 0;
    output[0] = '\0';
    while (next_event() && event.kind != EVENT_STARTED)
        ;
    expect(EVENT_STARTED, event.kind);
    expect(id, event.id);
    return (pid_t)event.value;
}

/* Its status, behind all that it wrote. */
static int end_of(unsigned id) {
    while (next_event())
        if (event.kind == EVENT_ENDED && event.id == id)
            return (int)event.value;
    return -1;
}

/* The status of words that are run by themselves; what they wrote is in `output`. */
static int status_of(const char *const *words) {
    open_supervisor();
    start(1, words);
    expect_start(1);
    int status = end_of(1);
    expect(0, close_supervisor());
    return status;
}

#define STATUS_OF(...) status_of((const char *const[]){__VA_ARGS__, NULL})

static const char *path_of(const char *name) {
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_file(const char *name, const char *content, mode_t mode) {
    int file = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC, mode);
    if (write(file, content, strlen(content)) < 0)
        printf("# %s cannot be written\n", name);
    fchmod(file, mode);
    close(file);
}

static const char *read_file(const char *name) {
    static char content[256];
    int file = open(path_of(name), O_RDONLY);
    ssize_t got = read(file, content, sizeof content - 1);
    content[got < 0 ? 0 : got] = '\0';
    close(file);
    return content;
}

/* --- statuses --- */

static void statuses_are_those_of_timeout(void) {
    usual();
    expect(0, STATUS_OF("true"));
    expect(3, STATUS_OF("sh", "-c", "exit 3"));
    expect(128 + SIGKILL, STATUS_OF("sh", "-c", "kill -9 $$"));
    expect(128 + SIGTERM, STATUS_OF("sh", "-c", "kill $$"));
    expect(127, STATUS_OF("no-such-program"));
    expect_text(output, "It cannot run no-such-program: no such file or folder.\n");
    expect(127, STATUS_OF("./no-such-program"));
    expect(126, STATUS_OF("/etc/passwd"));
    expect_text(output, "It cannot run /etc/passwd: permission denied.\n");
    expect(126, STATUS_OF("/"));
}

static void what_cannot_begin_says_why(void) {
    usual();
    how.folder = "/no/such/folder";
    expect(125, STATUS_OF("true"));
    expect_text(output, "It cannot run in /no/such/folder: no such file or folder.\n");
    usual();
    how.in = "/no/such/file";
    expect(125, STATUS_OF("true"));
    expect_text(output, "It cannot read /no/such/file: no such file or folder.\n");
    usual();
    how.how = "replace";
    how.out = "/";
    expect(125, STATUS_OF("true"));
    expect_text(output, "It cannot write /: it is a folder.\n");
    usual();
    how.cores = "8191";
    expect(125, STATUS_OF("true"));
    how.cores = "9999";
    expect(125, STATUS_OF("true"));
}

/* --- what it is started with --- */

static void words_and_variables_arrive(void) {
    usual();
    expect(0, STATUS_OF("sh", "-c", "echo \"$# [$1] [$2]\"", "sh", "", "a b"));
    expect_text(output, "2 [] [a b]\n");
    expect(0, STATUS_OF("env"));
    expect(0, strcmp("PATH=/usr/bin:/bin\n", output));
    expect(0, STATUS_OF("pwd"));
    expect_text(output, folder);
}

static void programs_are_looked_for_on_its_path(void) {
    usual();
    char variable[256];
    write_file("first", "#!/bin/sh\necho mine\n", 0755);
    write_file("second", "echo $1 $#\n", 0755); /* no program of Linux's: the shell's */
    write_file("third", "#!/bin/sh\n", 0644);
    snprintf(variable, sizeof variable, "PATH=/no/such/folder:/etc/passwd:%s", folder);
    how.variable = variable;
    expect(0, STATUS_OF("first"));
    expect_text(output, "mine\n");
    expect(0, STATUS_OF("second", "x", "y"));
    expect_text(output, "x 2\n");
    expect(126, STATUS_OF("third"));
    expect(127, STATUS_OF("fourth"));
    expect(0, STATUS_OF("./first"));
    how.variable = "A=b"; /* none: where Linux has its own */
    expect(0, STATUS_OF("true"));
}

static void it_runs_on_its_cores(void) {
    usual();
    how.cores = "0";
    expect(0, STATUS_OF("grep", "Cpus_allowed_list", "/proc/self/status"));
    expect_text(output, ":\t0\n");
}

static void it_has_its_streams_alone(void) {
    usual();
    for (int i = 0; i < 3; i++)
        expect(0, STATUS_OF("test", "-e",
                            (const char *[]){"/proc/self/fd/0", "/proc/self/fd/1",
                                             "/proc/self/fd/2"}[i]));
    for (char path[] = "/proc/self/fd/3"; path[14] <= '9'; path[14]++)
        expect(1, STATUS_OF("test", "-e", path));
}

static void signals_are_not_held_from_it(void) {
    usual();
    expect(0, STATUS_OF("grep", "SigBlk", "/proc/self/status"));
    expect_text(output, ":\t0000000000000000\n");
}

/* --- what it writes --- */

static void what_it_writes_is_told_before_its_end(void) {
    usual();
    expect(0, STATUS_OF("sh", "-c", "echo out; echo err >&2; head -c 1000000 /dev/zero"));
    expect_text(output, "out\n");
    expect_text(output, "err\n");
    expect(1000000 + 8, output_length);
}

static void files_are_replaced_or_continued(void) {
    usual();
    write_file("out", "long before\n", 0644);
    how.how = "replace";
    how.out = "/dev/null";
    expect(0, STATUS_OF("echo", "nothing"));
    expect(0, output_length);
    char path[256];
    snprintf(path, sizeof path, "%s", path_of("out"));
    how.out = path;
    expect(0, STATUS_OF("echo", "one"));
    how.how = "append";
    expect(0, STATUS_OF("echo", "two"));
    expect(0, strcmp("one\ntwo\n", read_file("out")));
    how.in = path;
    how.how = "tell";
    expect(0, STATUS_OF("cat"));
    expect_text(output, "one\ntwo\n");
}

static void its_output_can_be_the_supervisors(void) {
    for (int errors = 0; errors < 2; errors++) {
        char line[16] = "";
        usual();
        how.how = "inherit";
        open_inheriting(errors);
        START(1, "echo", "hello");
        expect_start(1);
        expect(0, end_of(1));
        expect(6, read(inherited, line, sizeof line - 1));
        expect_text(line, "hello\n");
        expect(0, output_length);
        expect(0, close_supervisor());
    }
}

/* Others go on, and deadlines hold, though nobody reads what one writes. */
static void nobody_has_to_read(void) {
    usual();
    open_supervisor();
    how.deadline = 100;
    START(1, "yes");
    pid_t writer = expect_start(1);
    while (kill(writer, 0) == 0)
        usleep(10000);
    usual();
    START(2, "sh", "-c", "exit 5");
    expect(124, end_of(1));
    expect(5, end_of(2));
    expect(0, close_supervisor());
}

/* --- ends --- */

static void a_deadline_ends_it(void) {
    usual();
    how.deadline = 100;
    expect(124, STATUS_OF("sleep", "1000"));
    expect(124, STATUS_OF("sh", "-c", "trap 'exit 7' TERM; while :; do sleep 0.01; done"));
    how.grace = 100;
    expect(124, STATUS_OF("sh", "-c", "trap '' TERM; while :; do sleep 0.01; done"));
    how.deadline = 50000;
    expect(4, STATUS_OF("sh", "-c", "exit 4"));
}

static void asking_ends_its_whole_group(void) {
    usual();
    open_supervisor();
    START(1, "sh", "-c", "sleep 1000 & sleep 1000 & echo on; wait");
    START(2, "sh", "-c", "trap 'exit 9' TERM; echo on; while :; do sleep 0.01; done");
    how.grace = 100;
    START(3, "sh", "-c", "trap '' TERM; echo on; while :; do sleep 0.01; done");
    expect_start(1);
    while (output_length < 9 && next_event())
        ;
    for (unsigned id = 1; id <= 3; id++) {
        stop(id);
        stop(id);
        expect(id == 1 ? 128 + SIGTERM : id == 2 ? 9 : 128 + SIGKILL, end_of(id));
    }
    stop(1); /* has ended */
    stop(4); /* never was */
    expect(0, close_supervisor());
}

static void one_that_is_stopped_can_be_ended(void) {
    usual();
    open_supervisor();
    START(1, "sh", "-c", "kill -STOP $$");
    expect_start(1);
    stop(1);
    expect(128 + SIGTERM, end_of(1));
    expect(0, close_supervisor());
}

/* This process is the next to whom what has no parent falls. */
static bool is_gone(pid_t process) {
    return waitpid(process, NULL, 0) == process || kill(process, 0) != 0;
}

/* The number that the first line of the output says. */
static pid_t said_number(void) {
    while (!strchr(output, '\n') && next_event())
        ;
    return atoi(output);
}

static void nothing_outlives_the_supervisor(void) {
    usual();
    for (int i = 0; i < 3; i++) {
        open_supervisor();
        START(1, "sh", "-c",
              "setsid sh -c 'echo $$; trap \"\" TERM HUP; sleep 1000 & wait' & wait");
        pid_t own = expect_start(1), escaped = said_number();
        expect(true, escaped > 0 && escaped != own);
        if (i == 0)
            close(requests);
        else if (i == 1)
            kill(supervisor, SIGTERM);
        else
            close(events);
        expect(0, end_of_supervisor());
        expect(-1, kill(own, 0));
        expect(-1, kill(escaped, 0));
        if (i > 0)
            close(requests);
    }
}

static void what_a_stage_has_left_ends_with_the_run(void) {
    usual();
    open_supervisor();
    START(1, "sh", "-c", "setsid sleep 1000 >/dev/null 2>&1 & echo $!");
    expect_start(1);
    expect(0, end_of(1));
    pid_t left = said_number();
    expect(0, kill(left, 0));
    START(2, "true");
    expect(0, end_of(2));
    expect(0, kill(left, 0));
    expect(0, close_supervisor());
    expect(-1, kill(left, 0));
}

static void a_killed_supervisor_takes_its_stages_along(void) {
    usual();
    open_supervisor();
    START(1, "sleep", "1000");
    pid_t own = expect_start(1);
    kill(supervisor, SIGKILL);
    expect(256 + SIGKILL, close_supervisor());
    expect(true, is_gone(own));
}

/* --- what is no request --- */

static void what_is_no_request_ends_it(void) {
    usual();
    static const struct {
        uint32_t size;
        const char *bytes;
    } wrong[] = {
        {0, ""},
        {UINT32_MAX, ""},
        {4, "stop"},
        {5, "stop\0"},
        {8, "stop\0-1\0"},
        {7, "halt\0"
            "1"},
        {6, "start\0"},
        {9, "stop\0"
            "1\0"
            "2"},
        {3, "\0\0\0"},
        {100, "short"},
        {8, "start\0"
            "1"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        size_t bytes = wrong[i].size < 10 ? wrong[i].size : strlen(wrong[i].bytes);
        open_supervisor();
        START(1, "sleep", "1000");
        pid_t own = expect_start(1);
        expect(sizeof wrong[i].size, write(requests, &wrong[i].size, sizeof wrong[i].size));
        expect(bytes, write(requests, wrong[i].bytes, bytes));
        expect(0, close_supervisor());
        expect(-1, kill(own, 0));
    }
    for (int left = 0; left < 12; left++) { /* a request that lacks its last texts */
        static const char *const texts[] = {"start",     "1",    "0", "0", "",     "/",
                                            "/dev/null", "tell", "",  "2", "true", "x"};
        open_supervisor();
        for (int i = 0; i < left; i++)
            text(texts[i]);
        send_request();
        expect(0, close_supervisor());
    }
}

static const struct test tests[] = {
#define TEST(name)                                                                                 \
    { #name, name }
    TEST(statuses_are_those_of_timeout),
    TEST(what_cannot_begin_says_why),
    TEST(words_and_variables_arrive),
    TEST(programs_are_looked_for_on_its_path),
    TEST(it_runs_on_its_cores),
    TEST(it_has_its_streams_alone),
    TEST(signals_are_not_held_from_it),
    TEST(what_it_writes_is_told_before_its_end),
    TEST(files_are_replaced_or_continued),
    TEST(its_output_can_be_the_supervisors),
    TEST(nobody_has_to_read),
    TEST(a_deadline_ends_it),
    TEST(asking_ends_its_whole_group),
    TEST(one_that_is_stopped_can_be_ended),
    TEST(nothing_outlives_the_supervisor),
    TEST(what_a_stage_has_left_ends_with_the_run),
    TEST(a_killed_supervisor_takes_its_stages_along),
    TEST(what_is_no_request_ends_it),
    {NULL, NULL},
};

int main(int count, char **words) {
    int failed;
    if (!mkdtemp(folder))
        return 1;
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    failed = run_tests(tests, count > 1 ? words[1] : NULL);
    for (const char *const *name = (const char *const[]){"first", "second", "third", "out", NULL};
         *name; name++)
        unlink(path_of(*name));
    rmdir(folder);
    return failed;
}
