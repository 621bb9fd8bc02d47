/* Stands between a program and Linux: counts its system calls, or has a delegate execute some. */
#include "calls.h"
#include "entry.h"
#include "load.h"
#include "measure.h"
#include "options.h"
#include "program.h"
#include "signals.h"
#include "start.h"

/* As a shell does (execvp(3)). */
static void search(const char *name, char **environment, char *path, size_t size) {
    format(path, size, "%s", name);
    for (const char *at = name; *at; at++)
        if (*at == '/')
            return;
    const char *folders = "/usr/local/bin:/usr/bin:/bin";
    for (; *environment; environment++)
        if (starts_with(*environment, "PATH="))
            folders = *environment + 5;
    while (*folders) {
        size_t length = 0;
        while (folders[length] && folders[length] != ':')
            length++;
        if (length < size) {
            memcpy(path, folders, length);
            format(path + length, size - length, "%s%s", length ? "/" : "./", name);
            if (sys(__NR_access, path, X_OK) == 0)
                return;
        }
        folders += length + (folders[length] == ':');
    }
    fail("There is no program %s on the PATH.", name);
}

static struct thread *first_thread(void) {
    struct process *process = process_new();
    struct thread *thread = process ? thread_new(process) : NULL;
    if (!thread)
        fail("The interposer gets no memory.");
    thread->tid = (int)sys(__NR_gettid);
    thread_add(thread);
    return thread;
}

static void set_stack(const struct thread *thread) {
    struct stack stack = thread->stack;
    stack.flags = SS_AUTODISARM;
    sys(__NR_sigaltstack, &stack, NULL);
}

struct beginning {
    struct thread *thread;
    struct start start;
};

/* On the lower half of the first thread's stack for traps: the program's is put together meanwhile.
 */
static void begin(void *argument) {
    struct beginning *beginning = argument;
    struct thread *thread = beginning->thread;
    struct start *start = &beginning->start;
    static struct program program;
    static char path[PATH_BYTES];
    const char *name = start->words[0];
    if (options.floor_only) {
        leave_own_file();
        signals_start(thread->process);
        set_stack(thread);
        measure(thread);
    }
    if (options.resumed) {
        start->words++;
    } else {
        search(name, start->environment, path, sizeof path);
        name = path;
    }
    int64_t found = program_find(name, &program);
    if (is_error(found))
        fail("%s cannot be executed: error %ld.", name, -found);
    if (program.outside)
        fail("%s cannot be executed under the interposer: %s.", name, program.outside);
    thread->sigsys_blocked = options.sigsys_blocked;
    thread->placed = options.placed;
    leave_own_file();
    signals_start(thread->process);
    set_stack(thread);
    if (options.resumed)
        thread_arm(thread);
    else
        measure(thread);
    struct entry entry = load(&program, name, start);
    thread->born = read_tsc(); /* its lifetime is the program's, without its loading here */
    sys(__NR_rt_sigprocmask, SIG_SETMASK, &options.mask, NULL, sizeof options.mask);
    launch(entry.stack, entry.address);
}

_Noreturn void enter(uint64_t *stack) {
    static struct beginning beginning;
    uint64_t mask = ALL_SIGNALS;
    sys(__NR_rt_sigprocmask, SIG_SETMASK, &mask, &options.mask, sizeof mask);
    char **words = (char **)(stack + 1);
    beginning.start.environment = words + stack[0] + 1;
    beginning.start.words = options_read(words);
    beginning.start.stack = (uint64_t)stack;
    char **at = beginning.start.environment;
    while (*at)
        at++;
    beginning.start.auxiliary = (uint64_t *)(at + 1);
    options.mask &= ALL_SIGNALS;
    beginning.thread = first_thread();
    struct stack *own = &beginning.thread->stack;
    call_on(own->start + own->size / 2, begin, &beginning); /* the traps of measure() are above */
}
