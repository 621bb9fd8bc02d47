/*
 * The verbs for hardware as far as they go without any: ledgers that others have left, refusals,
 * apps on this Linux itself. In a mount namespace of its own, whose /run is empty, and nothing is
 * ever asked for that a machine has to give.
 */
#define _GNU_SOURCE
#include "tap.h"

#include <diver/stream.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ENCLAVES "/run/diver/enclaves"

static char output[65536];
static int status;

/* --- the agent --- */

static void read_all(int from) {
    size_t length = 0;
    ssize_t got;
    while ((got = read(from, output + length, sizeof output - 1 - length)) > 0)
        length += (size_t)got;
    output[length] = '\0';
}

/* Runs `agent hardware …`: what it prints on either stream goes to `output`. */
static void hardware(const char *first, ...) {
    const char *binary = getenv("AGENT") ? getenv("AGENT") : "build/diver-agent";
    const char *words[64] = {binary, "hardware", first};
    size_t count = 3;
    int ends[2];
    va_list more;
    va_start(more, first);
    while (count < 63 && (words[count] = va_arg(more, const char *)))
        count++;
    va_end(more);
    if (pipe(ends) != 0)
        exit(1);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], 1);
        dup2(ends[1], 2);
        close(ends[0]);
        close(ends[1]);
        execv(binary, (char *const *)words);
        _exit(127);
    }
    close(ends[1]);
    read_all(ends[0]);
    close(ends[0]);
    waitpid(child, &status, 0);
    status = WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

/* --- files --- */

static const char *path_of(const char *name, const char *file) {
    static char path[256];
    snprintf(path, sizeof path, ENCLAVES "/%s%s%s", name, *file ? "/" : "", file);
    return path;
}

static void write_text(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    if (!file || fputs(text, file) < 0 || fclose(file) != 0) {
        printf("Bail out! %s cannot be written\n", path);
        exit(1);
    }
}

static const char *text_of(const char *path) {
    static char text[65536];
    FILE *file = fopen(path, "r");
    size_t length = file ? fread(text, 1, sizeof text - 1, file) : 0;
    text[length] = '\0';
    if (file)
        fclose(file);
    return text;
}

static void make_enclave(const char *name, const char *ledger) {
    mkdir("/run/diver", 0755);
    mkdir(ENCLAVES, 0755);
    mkdir(path_of(name, ""), 0700);
    if (ledger)
        write_text(path_of(name, "ledger"), ledger);
}

static void remove_enclave(const char *name) {
    static const char *const files[] = {"ledger", "report", "log", "shared", "stdout", "stderr"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        unlink(path_of(name, files[i]));
    rmdir(path_of(name, ""));
}

/* The 22nd word of /proc/PID/stat; the second has no spaces here. */
static unsigned long long started(void) {
    unsigned long long ticks = 0;
    FILE *file = fopen("/proc/self/stat", "r");
    if (file && fscanf(file,
                       "%*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
                       "%*s %*s %*s %*s %llu",
                       &ticks) != 1)
        ticks = 0;
    if (file)
        fclose(file);
    return ticks;
}

/* --- tests --- */

static void nothing_there(void) {
    hardware("list", NULL);
    expect(0, status);
    expect(0, output[0]);
    hardware("stop", "nobody", NULL);
    expect(0, status);
    hardware("wait", "nobody", NULL);
    expect(0, status);
    hardware("dance", NULL);
    expect(1, status);
    make_enclave("only-made", NULL); /* a folder without a ledger is no enclave */
    hardware("list", NULL);
    expect(0, output[0]);
    expect(0, access(path_of("only-made", ""), F_OK));
    const struct timespec long_ago[2] = {{1000000000, 0}, {1000000000, 0}};
    utimensat(AT_FDCWD, path_of("only-made", ""), long_ago, 0);
    hardware("list", NULL); /* and one that nobody came to is taken away */
    expect(-1, access(path_of("only-made", ""), F_OK));
}

static void running(void) {
    char ledger[512];
    snprintf(
        ledger, sizeof ledger,
        "name mine\nkeeper %d %llu\nsince 1700000000\ncore 2\ncore 2 5\ncore 3\nmemory 1048576\n"
        "device 0000:00:11.0 -\nboot-ms 12\nstate running\n",
        getpid(), started());
    make_enclave("mine", ledger);
    hardware("list", NULL);
    expect(0, status);
    expect_text(output, "{\"name\":\"mine\",\"state\":\"running\",");
    expect_text(output, "\"cores\":[2,3],\"memory_bytes\":1048576,\"devices\":[\"0000:00:11.0\"],"
                        "\"since\":1700000000,\"boot_ms\":12}\n");
    expect(0, strcmp(ledger, text_of(path_of("mine", "ledger"))));
    remove_enclave("mine");
}

/* A ledger whose keeper is gone, broken off in the middle of a line: what it names is given back,
 * but for what was not written to its end. */
static void left_behind(void) {
    write_text("/run/pages", "memory");
    write_text("/run/kept", "memory");
    make_enclave("left", "name left\nkeeper 1 1\ncore 0\nfile /run/pages\nfile /run/ke");
    write_text(path_of("left", "report"), "");
    hardware("list", NULL);
    expect(0, status);
    expect_text(output, "\"name\":\"left\",\"state\":\"ended\"");
    expect_text(output, "\"cores\":[]");
    expect(-1, access("/run/pages", F_OK));
    expect(0, access("/run/kept", F_OK));
    expect_text(text_of(path_of("left", "report")), "\"kind\":\"lost\"");
    char ended[65536];
    snprintf(ended, sizeof ended, "%s", text_of(path_of("left", "ledger")));
    hardware("recover", NULL); /* once is enough */
    expect(0, strcmp(ended, text_of(path_of("left", "ledger"))));
    remove_enclave("left");
}

/* An enclave that was resized again and again has a long one; what counts is its last lines. */
static void long_ledger(void) {
    char ledger[400000] = "name long\nkeeper 1 1\nfile /run/kept\n";
    size_t length = strlen(ledger);
    while (length < 300000)
        length += (size_t)sprintf(ledger + length, "helper %zu 1\nstate resizing\n", length);
    sprintf(ledger + length, "file /run/pages\n");
    write_text("/run/pages", "memory");
    write_text("/run/kept", "memory");
    make_enclave("long", ledger);
    hardware("recover", NULL);
    expect(-1, access("/run/pages", F_OK));
    expect(0, access("/run/kept", F_OK));
    hardware("forget", "long", NULL);
    expect(0, status);
}

static void fill(const char *path) {
    static const char zeroes[4096];
    FILE *file = fopen(path, "w");
    while (file && fwrite(zeroes, 1, sizeof zeroes, file) == sizeof zeroes && fflush(file) == 0)
        ;
    if (file)
        fclose(file);
}

/* Where nothing can be written any more, not even in the ledger, all the same goes back. */
static void full_run(void) {
    char ledger[4096] = "name full\nkeeper 1 1\nfile /run/pages\n";
    size_t length = strlen(ledger);
    mkdir("/run/diver", 0755);
    expect(0, mount("none", "/run/diver", "tmpfs", 0, "size=64k"));
    for (; length < sizeof ledger - 16; length += strlen(ledger + length))
        strcpy(ledger + length, "boot-ms 1\n");
    write_text("/run/pages", "memory");
    make_enclave("full", ledger);
    fill("/run/diver/filler");
    hardware("list", NULL);
    expect(0, status);
    expect(-1, access("/run/pages", F_OK));
    expect_text(output, "\"name\":\"full\",\"state\":\"orphaned\"");
    expect(0, strcmp(ledger, text_of(path_of("full", "ledger")))); /* not a piece of a line */
    unlink("/run/diver/filler");
    hardware("list", NULL);
    expect_text(output, "\"name\":\"full\",\"state\":\"ended\"");
    expect(0, umount("/run/diver"));
}

static void forgotten(void) {
    char ledger[512];
    snprintf(ledger, sizeof ledger, "name mine\nkeeper %d %llu\nstate running\n", getpid(),
             started());
    make_enclave("mine", ledger);
    hardware("forget", "mine", NULL);
    expect(1, status);
    expect(0, access(path_of("mine", "ledger"), F_OK));
    write_text(path_of("mine", "ledger"), "name mine\nstate ended\n");
    hardware("forget", "mine", NULL);
    expect(0, status);
    expect(-1, access(path_of("mine", ""), F_OK));
    hardware("forget", "..", NULL);
    expect(1, status);
    hardware("forget", "../enclaves", NULL);
    expect(1, status);
}

/* Settings of Linux's that a killed agent had changed: what somebody else has set since stays. */
static void settings(void) {
    write_text("/run/ours", "5\n");
    write_text("/run/theirs", "6\n");
    write_text("/run/back", "5\n");
    make_enclave("set", "name set\nkeeper 1 1\nsetting /run/ours 0 5\nsetting /run/theirs 0 5\n"
                        "setting /run/back 0 5\nsetting-back /run/back\n");
    hardware("recover", NULL);
    expect(0, status);
    expect_text(text_of("/run/ours"), "0");
    expect_text(text_of("/run/theirs"), "6");
    expect_text(text_of("/run/back"), "5");
    expect_text(text_of(path_of("set", "ledger")), "setting-back /run/ours\n");
    remove_enclave("set");
}

/* --- streams: their files need not lie in huge pages to be given back --- */

#define STREAM_FILE "/run/diver/pages-2048kB/stream%run%s"
#define STREAM_LINK "/run/s"

/* A stream whose writer has come to this state. */
static struct diver_stream *make_stream(enum diver_stream_state writer) {
    mkdir("/run/diver", 0755);
    mkdir("/run/diver/pages-2048kB", 0700);
    int file = open(STREAM_FILE, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (file < 0 || ftruncate(file, 2 << 20) != 0 || symlink(STREAM_FILE, STREAM_LINK) != 0) {
        printf("Bail out! no file for a stream\n");
        exit(1);
    }
    struct diver_stream *stream = mmap(NULL, 2 << 20, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    diver_stream_make(stream, 1 << 20);
    stream->sides[DIVER_STREAM_WRITER].state = writer;
    return stream;
}

static void expect_stream(bool there) {
    expect(there ? 0 : -1, access(STREAM_FILE, F_OK));
    expect(there ? 0 : -1, access(STREAM_LINK, F_OK));
}

/* An enclave that has one end, whose keeper is gone. */
static void lose_end(const char *name, enum diver_stream_role role) {
    char ledger[256];
    snprintf(ledger, sizeof ledger, "name %s\nkeeper 1 1\nstream %d %%run%%s\n", name, role);
    make_enclave(name, ledger);
    hardware("recover", NULL);
    expect_text(text_of(path_of(name, "ledger")), "stream-back");
    remove_enclave(name);
}

/* While another has it: it may write there. */
static void stream_in_use(void) {
    char ledger[256];
    struct diver_stream *stream = make_stream(DIVER_STREAM_OPEN);
    snprintf(ledger, sizeof ledger, "name reads\nkeeper %d %llu\nstream 1 %%run%%s\n", getpid(),
             started());
    make_enclave("reads", ledger);
    lose_end("writes", DIVER_STREAM_WRITER);
    expect(1, stream->gone[DIVER_STREAM_WRITER]);
    expect(0, stream->gone[DIVER_STREAM_READER]);
    expect_stream(true);
    unlink(STREAM_LINK);
    hardware("list", NULL);
    expect(0, access(STREAM_FILE, F_OK));
    remove_enclave("reads");
    hardware("list", NULL); /* nobody has it, and no link leads there */
    expect_stream(false);
}

static void stream_at_its_end(void) {
    struct diver_stream *stream = make_stream(DIVER_STREAM_ENDED);
    lose_end("writes", DIVER_STREAM_WRITER);
    expect(1, stream->gone[DIVER_STREAM_WRITER]);
    expect_stream(true); /* for a reader that is still to come */
    hardware("list", NULL);
    expect_stream(true);
    lose_end("reads", DIVER_STREAM_READER);
    expect_stream(false);
    make_stream(DIVER_STREAM_ABSENT);
    lose_end("writes", DIVER_STREAM_WRITER); /* which has never written */
    expect_stream(false);
}

#define START(name, ...)                                                                           \
    hardware("start", "--name", name, "--dir", ENCLAVES "/" name, __VA_ARGS__, "--", "app", NULL)

static void refusals(void) {
    make_enclave("no", NULL);
    START("no", "--cores", "0", "--pages", "16");
    expect(1, status);
    expect(0, output[0]); /* the reason is in the report: stderr is the app's */
    expect_text(text_of(path_of("no", "report")), "\"kind\":\"refused\"");
    expect_text(text_of(path_of("no", "report")), "Core 0 stays with Linux");
    expect_text(text_of(path_of("no", "ledger")), "state ended");
    START("no", "--cores", "0", "--pages", "16"); /* its folder has been used */
    expect(1, status);
    remove_enclave("no");
    make_enclave("small", NULL);
    START("small", "--cores", "0", "--pages", "4");
    expect_text(text_of(path_of("small", "report")), "at least 18 MiB, not 8");
    hardware("start", "--name", "other", "--dir", ENCLAVES "/small", "--cores", "0", NULL);
    expect(1, status);
    expect_text(text_of(path_of("small", "report")), "The folder of the enclave other is");
    remove_enclave("small");
    make_enclave("two words", NULL);
    START("two words", "--cores", "0", "--pages", "16");
    expect(1, status);
    expect_text(text_of(path_of("two words", "report")),
                "\\\"two words\\\" is no name for an enclave");
    remove_enclave("two words");
}

/* Whoever comes next sees to what was left, and goes on with what is its own. */
static void found_by_the_next(void) {
    make_enclave("left", "name left\nkeeper 1 1\nstate running\n");
    write_text(path_of("left", "report"), "");
    make_enclave("next", NULL);
    START("next", "--native", "--cores", "0", "--share", "/usr:/usr", "--app", "/usr/bin/true");
    expect(0, status);
    expect_text(text_of(path_of("left", "ledger")), "state ended");
    expect_text(text_of(path_of("left", "report")), "\"kind\":\"lost\"");
    expect_text(text_of(path_of("next", "report")), "\"event\":\"exit\",\"status\":0");
    expect_no_text(text_of(path_of("next", "report")), "\"kind\":\"lost\"");
    remove_enclave("left");
    remove_enclave("next");
}

static void native(void) {
    make_enclave("native", NULL);
    START("native", "--native", "--cores", "0", "--share", "/usr:/usr", "--app", "/usr/bin/env",
          "--env", "WORD=here");
    expect_text(text_of(path_of("native", "report")), "\"event\":\"exit\",\"status\":0");
    expect_text(text_of(path_of("native", "report")), "\"event\":\"enclave-end\"");
    expect_text(output, "WORD=here\n");
    expect_text(text_of(path_of("native", "ledger")), "state ended");
    remove_enclave("native");
    make_enclave("apart", NULL);
    START("apart", "--native", "--detach", "--cores", "0", "--share", "/usr:/usr", "--app",
          "/usr/bin/sleep");
    expect(0, status);
    hardware("wait", "apart", NULL);
    expect(0, status);
    expect_text(text_of(path_of("apart", "stderr")), "missing operand");
    expect_text(text_of(path_of("apart", "report")), "\"event\":\"exit\",\"status\":1");
    remove_enclave("apart");
}

static void facts(void) {
    hardware("facts", NULL);
    expect(0, status);
    expect_text(output, "{\"version\":1,\"root\":true,\"release\":\"");
    expect_text(output, "\"cores\":[{\"cpu\":0,\"online\":true");
    expect('\n', output[strlen(output) - 1]);
}

/* --- the whole --- */

static void map_root(uid_t uid, gid_t gid) {
    char line[64];
    write_text("/proc/self/setgroups", "deny");
    snprintf(line, sizeof line, "0 %u 1", uid);
    write_text("/proc/self/uid_map", line);
    snprintf(line, sizeof line, "0 %u 1", gid);
    write_text("/proc/self/gid_map", line);
}

static void enter_namespace(void) {
    uid_t uid = geteuid();
    gid_t gid = getegid();
    int result = unshare(uid == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER);
    if (result == 0 && uid != 0)
        map_root(uid, gid);
    if (result != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", "/run", "tmpfs", 0, NULL) != 0) {
        printf("Bail out! no mount namespace for the tests\n");
        exit(1);
    }
}

static const struct test tests[] = {
    {"nothing is there", nothing_there},
    {"what runs is listed and left alone", running},
    {"what was left behind is given back once", left_behind},
    {"a long ledger is read to its end", long_ledger},
    {"a full file system keeps nothing from Linux", full_run},
    {"only what has ended is forgotten", forgotten},
    {"settings are as they were", settings},
    {"a stream stays while an enclave has it", stream_in_use},
    {"a stream goes with the last of its ends", stream_at_its_end},
    {"what cannot be had is refused in the report", refusals},
    {"an app runs on this Linux itself", native},
    {"what was left behind is not the next one's", found_by_the_next},
    {"facts are one object", facts},
    {NULL, NULL},
};

int main(int count, char **words) {
    enter_namespace();
    return run_tests(tests, count > 1 ? words[1] : NULL);
}
