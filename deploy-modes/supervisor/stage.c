#include "stage.h"
#include "clock.h"
#include "parent.h"
#include "protocol.h"
#include "signals.h"
#include "sys.h"
#include "text.h"

int stage_inherits = 1;

#define SIGCONT 18
#define MS      1000000ull

/* --- what is said where it cannot run --- */

static const char *reason(int64_t error) {
    switch (-error) {
    case ENOENT:
        return "no such file or folder";
    case EACCES:
        return "permission denied";
    case ENOTDIR:
        return "a part of the path is no folder";
    case EISDIR:
        return "it is a folder";
    case ENOSPC:
        return "no space left";
    case E2BIG:
        return "arguments and variables are too long";
    case EMFILE:
        return "too many open files";
    }
    return NULL;
}

/* The reason why, or the number of the error. */
static void say(int32_t to, const char *what, const char *whom, int64_t error) {
    char line[1024], number[32];
    const char *why = reason(error);
    if (!why)
        format(number, sizeof number, "error %ld", -error);
    size_t length = format(line, sizeof line, "%s %s: %s.\n", what, whom, why ? why : number);
    sys(__NR_write, to, line, length);
}

/* --- the child --- */

#define CORES_MAX 8192

static bool stay_on(const char *cores) {
    uint64_t mask[CORES_MAX / 64] = {0}, core;
    for (; *cores; cores += *cores == ',') {
        if (!parse_number(&cores, ",", &core) || core >= CORES_MAX)
            return false;
        mask[core / 64] |= 1ull << (core % 64);
    }
    return !is_error(sys(__NR_sched_setaffinity, 0, sizeof mask, mask));
}

/* As a shell does where a file is no program of Linux's: one of the shell's. */
static int64_t run_script(const char *path, const struct request *request) {
    size_t count = 0;
    while (request->words[count])
        count++;
    const char *words[count + 2];
    words[0] = "/bin/sh";
    words[1] = path;
    for (size_t i = 1; i <= count; i++)
        words[i + 1] = request->words[i];
    return sys(__NR_execve, words[0], words, request->variables);
}

static int64_t run(const char *path, const struct request *request) {
    int64_t error = sys(__NR_execve, path, request->words, request->variables);
    return error == -ENOEXEC ? run_script(path, request) : error;
}

static const char *search_path(char **variables) {
    for (; *variables; variables++)
        if (starts_with(*variables, "PATH="))
            return *variables + 5;
    return "/bin:/usr/bin";
}

/* Where a folder has none that it may run, another may have one (exec(3)). */
static int64_t run_found(const struct request *request) {
    const char *name = request->words[0], *at = search_path(request->variables);
    int64_t best = -ENOENT;
    char path[4096];
    for (const char *end = at;; at = ++end) {
        while (*end && *end != ':')
            end++;
        size_t length = (size_t)(end - at);
        if (length + strlen(name) + 2 <= sizeof path) {
            memcpy(path, at, length);
            format(path + length, sizeof path - length, "%s%s", length > 0 ? "/" : "", name);
            int64_t error = run(path, request);
            if (error == -EACCES)
                best = error;
            else if (error != -ENOENT && error != -ENOTDIR)
                return error;
        }
        if (*end == '\0')
            return best;
    }
}

static bool has_slash(const char *text) {
    while (*text && *text != '/')
        text++;
    return *text == '/';
}

_Noreturn static void end_child(int64_t status) {
    sys(__NR_exit_group, status);
    __builtin_unreachable();
}

_Noreturn static void become(const struct request *request, const int32_t streams[3],
                             int64_t parent) {
    const uint64_t none = 0;
    end_with_parent(parent);
    sys(__NR_setpgid, 0, 0);
    for (int i = 0; i < 3; i++)
        sys(__NR_dup3, streams[i], i, 0);
    sys(__NR_rt_sigprocmask, SIG_SETMASK, &none, 0, 8);
    int64_t error = sys(__NR_chdir, request->folder);
    if (is_error(error)) {
        say(2, "It cannot run in", request->folder, error);
        end_child(STATUS_NOT_BEGUN);
    }
    if (*request->cores && !stay_on(request->cores)) {
        say(2, "It cannot run on cores", request->cores, -EINVAL);
        end_child(STATUS_NOT_BEGUN);
    }
    error = has_slash(request->words[0]) ? run(request->words[0], request) : run_found(request);
    say(2, "It cannot run", request->words[0], error);
    end_child(error == -ENOENT ? STATUS_NO_PROGRAM : STATUS_CANNOT_RUN);
}

/* --- the parent --- */

static bool make_output(struct stage *stage, enum output which, int32_t *write) {
    int32_t ends[2];
    if (is_error(sys(__NR_pipe2, ends, O_CLOEXEC)))
        return false;
    sys(__NR_fcntl, ends[0], F_SETFL, O_NONBLOCK);
    stage->outputs[which] = ends[0];
    *write = ends[1];
    return true;
}

static int64_t open_out(struct stage *stage, const struct request *request) {
    int32_t end;
    if (equal(request->how, "inherit"))
        return sys(__NR_fcntl, stage_inherits, F_DUPFD_CLOEXEC, 3);
    if (equal(request->how, "tell"))
        return make_output(stage, OUTPUT, &end) ? end : -EMFILE;
    int flags = equal(request->how, "append") ? O_APPEND : O_TRUNC;
    return sys(__NR_open, request->out, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666);
}

/* The streams are opened here, so that whoever holds the other end of a pipe meanwhile may let go
 * of it when it is told of the start. */
static bool open_streams(struct stage *stage, const struct request *request, int32_t streams[3]) {
    if (!make_output(stage, ERRORS, &streams[2]))
        return false;
    int64_t in = sys(__NR_open, request->in, O_RDONLY | O_CLOEXEC);
    if (is_error(in)) {
        say(streams[2], "It cannot read", request->in, in);
        return false;
    }
    streams[0] = (int32_t)in;
    int64_t out = open_out(stage, request);
    if (is_error(out)) {
        say(streams[2], "It cannot write", request->out, out);
        return false;
    }
    streams[1] = (int32_t)out;
    return true;
}

static void not_begun(struct stage *stage) {
    stage->over = true;
    stage->status = STATUS_NOT_BEGUN;
}

bool stage_start(struct stage *stage, const struct request *request) {
    int32_t streams[3] = {-1, -1, -1};
    *stage = (struct stage){.id = request->id, .outputs = {-1, -1}, .next = NEVER};
    stage->grace = request->grace_ms * MS;
    int64_t own = sys(__NR_getpid), process = -1;
    if (open_streams(stage, request, streams)) {
        process = sys(__NR_fork);
        if (process == 0)
            become(request, streams, own);
        if (is_error(process))
            say(streams[2], "There is no process for", request->words[0], process);
    }
    for (int i = 0; i < 3; i++)
        sys(__NR_close, streams[i]);
    if (is_error(process)) {
        not_begun(stage);
        return false;
    }
    sys(__NR_setpgid, process, process); /* whoever is first */
    stage->process = (int32_t)process;
    if (request->deadline_ms > 0)
        stage->next = nanoseconds(CLOCK_MONOTONIC) + request->deadline_ms * MS;
    return true;
}

static void send(const struct stage *stage, int number) {
    sys(__NR_kill, -stage->process, number);
}

void stage_stop(struct stage *stage) {
    if (stage->over || stage->asked)
        return;
    stage->asked = true;
    stage->next = nanoseconds(CLOCK_MONOTONIC) + stage->grace;
    send(stage, SIGTERM);
    send(stage, SIGCONT); /* what is stopped hears nothing */
}

void stage_look(struct stage *stage, uint64_t now) {
    if (stage->over || now < stage->next)
        return;
    if (!stage->asked) {
        stage->timed_out = true;
        stage_stop(stage);
        return;
    }
    stage->next = NEVER;
    send(stage, SIGKILL);
}

void stage_over(struct stage *stage, int32_t status) {
    const int32_t killer = status & 0x7f;
    stage->over = true;
    stage->next = NEVER;
    if (stage->timed_out)
        stage->status = STATUS_TIMED_OUT;
    else
        stage->status = killer ? 128 + killer : status >> 8 & 0xff;
}
