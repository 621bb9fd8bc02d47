/* The supervisor of a pipeline's stages: starts, watches and ends them, so that Diver need not
 * start several processes for each, and none outlives Diver. See protocol.h. */
#include "clock.h"
#include "protocol.h"
#include "request.h"
#include "signals.h"
#include "stage.h"
#include "start.h"
#include "sys.h"
#include "text.h"

#define PR_SET_CHILD_SUBREAPER 36
#define STAGES_MAX             4096
#define CHUNK_MAX              4096 /* PIPE_BUF: a pipe that takes anything takes so much at once */
#define CHUNKS                 17   /* more than any pipe holds that nobody has made larger */
#define WNOHANG                1

static int events = 2; /* where they go */
static struct stage stages[STAGES_MAX];
static size_t stage_count;
static bool ending;  /* there are no more requests */
static bool blocked; /* Diver does not read what it is told */
static bool lost;    /* nor will it ever */

/* --- what is told --- */

/* To a pipe that has room, or else when Diver reads on. */
static void tell(const struct event *event, size_t bytes) {
    while (sys(__NR_write, events, event, sizeof *event + bytes) == -EINTR)
        ;
}

static void tell_of(const struct stage *stage, enum event_kind kind, uint32_t value) {
    const struct event event = {kind, stage->id, value};
    tell(&event, 0);
}

static bool has_room(void) {
    struct pollfd pipe = {events, POLLOUT, 0};
    blocked = sys(__NR_poll, &pipe, 1, 0) <= 0;
    return !blocked;
}

/* What is there of an output, but no more than a pipe's fill at a time; false: there is no room. */
static bool pass_on(struct stage *stage, enum output which) {
    static struct {
        struct event event;
        char bytes[CHUNK_MAX - sizeof(struct event)];
    } message;
    for (int i = 0; i < CHUNKS && stage->outputs[which] >= 0; i++) {
        if (!has_room())
            return false;
        int64_t got = sys(__NR_read, stage->outputs[which], message.bytes, sizeof message.bytes);
        if (got == -EAGAIN)
            break;
        if (got > 0) {
            enum event_kind kind = which == OUTPUT ? EVENT_PRINTED : EVENT_SAID;
            message.event = (struct event){kind, stage->id, (uint32_t)got};
            tell(&message.event, (size_t)got);
        } else if (got != -EINTR) {
            sys(__NR_close, stage->outputs[which]);
            stage->outputs[which] = -1;
        }
    }
    return true;
}

/* An end comes behind all that was written before it. */
static void tell_all(struct stage *stage) {
    bool told = pass_on(stage, OUTPUT) && pass_on(stage, ERRORS);
    if (told && stage->over && !stage->reported && has_room()) {
        tell_of(stage, EVENT_ENDED, (uint32_t)stage->status);
        stage->reported = true;
    }
}

/* --- what is asked for --- */

static void end_all(void) {
    ending = true;
    for (size_t i = 0; i < stage_count; i++)
        stage_stop(&stages[i]);
}

/* One that there is no place for has not begun. */
static void start(const struct request *request) {
    if (stage_count == STAGES_MAX) {
        const struct stage none = {.id = request->id};
        tell_of(&none, EVENT_STARTED, 0);
        tell_of(&none, EVENT_ENDED, STATUS_NOT_BEGUN);
        return;
    }
    struct stage *stage = &stages[stage_count++];
    bool started = stage_start(stage, request);
    tell_of(stage, EVENT_STARTED, started ? (uint32_t)stage->process : 0);
}

static void serve(void) {
    struct request *request = request_read();
    if (!request) {
        end_all();
        return;
    }
    if (request->start)
        start(request);
    for (size_t i = 0; i < stage_count && !request->start; i++)
        if (stages[i].id == request->id)
            stage_stop(&stages[i]);
    request_free(request);
}

/* --- what happens --- */

static int open_signals(void) {
    const uint64_t awaited =
        SIGNAL_BIT(SIGCHLD) | SIGNAL_BIT(SIGTERM) | SIGNAL_BIT(SIGINT) | SIGNAL_BIT(SIGHUP);
    const uint64_t blocked_signals = awaited | SIGNAL_BIT(SIGPIPE);
    const struct sigaction by_default = {0};
    sys(__NR_rt_sigaction, SIGCHLD, &by_default, 0, 8); /* whoever ignores it hears of no end */
    sys(__NR_rt_sigprocmask, SIG_SETMASK, &blocked_signals, 0, 8);
    return (int)sys(__NR_signalfd4, -1, &awaited, 8, O_CLOEXEC | O_NONBLOCK);
}

static void take_signals(int signals) {
    struct {
        uint32_t number;
        uint8_t rest[124];
    } taken; /* struct signalfd_siginfo */
    while (sys(__NR_read, signals, &taken, sizeof taken) == sizeof taken)
        if (taken.number != SIGCHLD)
            end_all();
}

/* Also what stages have left, which becomes this process's child when its parent ends. */
static void reap(void) {
    int32_t status;
    int64_t process;
    while ((process = sys(__NR_wait4, -1, &status, WNOHANG, 0)) > 0)
        for (size_t i = 0; i < stage_count; i++)
            if (!stages[i].over && stages[i].process == process)
                stage_over(&stages[i], status);
}

static void forget_reported(void) {
    size_t kept = 0;
    for (size_t i = 0; i < stage_count; i++)
        if (!stages[i].reported || stages[i].outputs[OUTPUT] >= 0 || stages[i].outputs[ERRORS] >= 0)
            stages[kept++] = stages[i];
    stage_count = kept;
}

static bool is_busy(void) {
    for (size_t i = 0; i < stage_count; i++)
        if (!stages[i].reported)
            return true;
    return false;
}

static int milliseconds_to_next(void) {
    uint64_t next = NEVER, now = nanoseconds(CLOCK_MONOTONIC);
    for (size_t i = 0; i < stage_count; i++)
        next = MIN(next, stages[i].next);
    if (next == NEVER)
        return -1;
    return next <= now ? 0 : (int)MIN((next - now) / 1000000 + 1, 1000000000ull);
}

enum { REQUESTS, SIGNALS, EVENTS, WATCHED };

/* Waits until something can be done. */
static void await(int signals, struct pollfd *watched) {
    const struct stage *stage = stages;
    watched[REQUESTS] = (struct pollfd){ending || blocked ? -1 : 0, POLLIN, 0};
    watched[SIGNALS] = (struct pollfd){signals, POLLIN, 0};
    watched[EVENTS] = (struct pollfd){lost ? -1 : events, blocked ? POLLOUT : 0, 0};
    for (size_t i = 0; i < stage_count; i++, stage++)
        for (int which = 0; which < OUTPUTS; which++)
            watched[WATCHED + i * OUTPUTS + (size_t)which] =
                (struct pollfd){blocked ? -1 : stage->outputs[which], POLLIN, 0};
    sys(__NR_poll, watched, WATCHED + stage_count * OUTPUTS, milliseconds_to_next());
}

static void supervise(int signals) {
    static struct pollfd watched[WATCHED + STAGES_MAX * OUTPUTS];
    while (!ending || is_busy()) {
        await(signals, watched);
        if (watched[EVENTS].revents & POLLERR) {
            lost = true;
            end_all();
        }
        if (watched[REQUESTS].revents)
            serve();
        take_signals(signals);
        reap();
        for (size_t i = 0; i < stage_count; i++) {
            stage_look(&stages[i], nanoseconds(CLOCK_MONOTONIC));
            tell_all(&stages[i]);
        }
        forget_reported();
    }
}

/* --- the end --- */

/* Kills what it can of what is left; how many, or a negated error number. */
static int64_t kill_children(void) {
    char list[16384];
    char path[64];
    int64_t killed = 0, file, length;
    format(path, sizeof path, "/proc/self/task/%d/children", (int)sys(__NR_gettid));
    file = sys(__NR_open, path, O_RDONLY | O_CLOEXEC);
    if (is_error(file))
        return file;
    length = sys(__NR_read, file, list, sizeof list - 1);
    sys(__NR_close, file);
    list[MAX(length, 0)] = '\0';
    const char *at = list;
    uint64_t process;
    while (parse_number(&at, " ", &process) && *at == ' ' && process > 0) {
        killed += !is_error(sys(__NR_kill, process, SIGKILL));
        at++;
    }
    return killed;
}

/* Whose parent is killed becomes this process's child. What another user runs stays. */
static int64_t end_rest(void) {
    int64_t killed, ended;
    do {
        killed = kill_children();
        ended = sys(__NR_wait4, -1, 0, killed > 0 ? 0 : WNOHANG, 0);
    } while (ended > 0 || ended == -EINTR);
    return ended == 0 && killed < 0 ? 1 : 0;
}

_Noreturn void enter(uint64_t *stack) {
    char **words = (char **)(stack + 1);
    if (words[0] && words[1] && equal(words[1], "errors")) {
        stage_inherits = 2;
        events = 1;
    }
    sys(__NR_prctl, PR_SET_CHILD_SUBREAPER, 1);
    sys(__NR_setpgid, 0, 0); /* what a terminal tells Diver to do, Diver tells this process */
    supervise(open_signals());
    sys(__NR_exit_group, end_rest());
    __builtin_unreachable();
}
