/* execve: the interposer is executed in front of the program. */
#include "calls.h"
#include "load.h"
#include "options.h"
#include "program.h"
#include "signals.h"
#include "user.h"

#define STACK_WORDS 4096 /* more get memory of their own */

static int64_t set_mask(uint64_t mask) {
    return sys(__NR_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof mask);
}

/* Linux itself executes what cannot be loaded here: nothing counts or forwards its calls. */
static int64_t execute_outside(struct thread *self, const struct ucontext *context,
                               const struct program *program, const char *path, char **words,
                               char **environment) {
    counts_write(self->process, NULL, 0);
    counts_write_outside(path, program->outside);
    self->waiting = true;
    set_mask(context->mask);
    int64_t result = sys(__NR_execve, path, words, environment);
    set_mask(ALL_SIGNALS);
    self->waiting = false;
    signals_send_deferred(self);
    counts_restart(self->process);
    return result;
}

static size_t count_words(char **words) {
    size_t count = 0;
    while (words && words[count])
        count++;
    return count;
}

static int64_t execute(struct thread *self, const struct ucontext *context, const char *path,
                       char **words, char **environment, const char **vector) {
    struct option_words options_copy;
    unsigned count = options_words(&options_copy, self, context->mask);
    memcpy(vector, options_copy.words, count * sizeof *vector);
    vector[count++] = path;
    size_t given = count_words(words);
    memcpy(vector + count, words, given * sizeof *vector);
    if (given == 0)
        vector[count++] = ""; /* as Linux does since 5.18 */
    vector[count + given] = NULL;
    counts_write(self->process, NULL, 0);
    int64_t result = sys(__NR_execve, options.self, vector, environment);
    counts_restart(self->process);
    return result;
}

static bool names_own_executable(const char *path) {
    char own[32];
    format(own, sizeof own, "/proc/%ld/exe", sys(__NR_getpid));
    return equal(path, "/proc/self/exe") || equal(path, "/proc/thread-self/exe") ||
           equal(path, own);
}

/* What /proc says of this process is another's once the interposer is executed. */
static const char *resolve_own(const char *path, char *resolved) {
    if (names_own_executable(path) && load_executable)
        return load_executable;
    if (!starts_with(path, "/proc/"))
        return path;
    int64_t length = sys(__NR_readlink, path, resolved, PATH_BYTES - 1);
    if (length <= 0 || resolved[0] != '/')
        return path;
    resolved[length] = '\0';
    return resolved;
}

static int64_t execute_program(struct thread *self, const struct ucontext *context,
                               const char *path, char **words, char **environment) {
    struct program program;
    char first, resolved[PATH_BYTES];
    if (!user_read(&first, (uint64_t)path, 1))
        return -EFAULT;
    path = resolve_own(path, resolved);
    int64_t found = program_find(path, &program);
    if (is_error(found))
        return found;
    if (sys(__NR_access, options.self, X_OK) != 0)
        program.outside = "the interposer cannot be reached";
    if (program.outside)
        return execute_outside(self, context, &program, path, words, environment);
    size_t needed = count_words(words) + OPTION_WORDS + 3;
    const char *vector[STACK_WORDS];
    if (needed <= STACK_WORDS)
        return execute(self, context, path, words, environment, vector);
    self->words_bytes = align_up(needed * sizeof *vector, PAGE);
    int64_t at = sys(__NR_mmap, 0, self->words_bytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (is_error(at))
        return at;
    self->words = (void *)at;
    int64_t result = execute(self, context, path, words, environment, (const char **)at);
    sys(__NR_munmap, at, self->words_bytes);
    self->words = NULL;
    return result;
}

int64_t special_execve(struct thread *self, struct ucontext *context) {
    count(self->counts, __NR_execve, 0);
    return execute_program(self, context, (const char *)context->rdi, (char **)context->rsi,
                           (char **)context->rdx);
}

/* A tracer would be told of each trap, and could wait for ever in vfork meanwhile: what is about to
 * be traced runs without the interposer. */
int64_t special_ptrace(struct thread *self, struct ucontext *context) {
    char path[PATH_BYTES] = "/proc/self/exe";
    (void)self;
    if (context->rdi != PTRACE_TRACEME)
        return MAKE_IT;
    int64_t length = sys(__NR_readlink, "/proc/self/exe", path, sizeof path - 1);
    if (length > 0)
        path[length] = '\0';
    counts_write_outside(path, "traced");
    thread_disarm();
    return MAKE_IT;
}

/* Of a folder and a name, or of a descriptor alone, the path; what has none Linux executes. */
int64_t special_execveat(struct thread *self, struct ucontext *context) {
    char path[PATH_BYTES], link[32], name[PATH_BYTES], first;
    if (!user_read(&first, context->rsi, 1))
        return -EFAULT;
    const char *given = (const char *)context->rsi;
    int folder = (int)context->rdi;
    format(name, sizeof name, "%s", given);
    if (name[0] == '/' || folder == AT_FDCWD) {
        format(path, sizeof path, "%s", name);
    } else {
        format(link, sizeof link, "/proc/self/fd/%d", folder);
        int64_t length = sys(__NR_readlink, link, path, sizeof path - 1);
        if (length <= 0 || path[0] != '/')
            return length == -ENOENT ? -EBADF : MAKE_IT;
        path[length] = '\0';
        if (name[0])
            format(path + length, sizeof path - (size_t)length, "/%s", name);
    }
    count(self->counts, __NR_execveat, 0);
    return execute_program(self, context, path, (char **)context->rdx, (char **)context->r10);
}

/* Where Linux still takes the interposer for the executable, what /proc says is put right. */
static int64_t read_link(uint64_t path, uint64_t to, uint64_t bytes) {
    char text[32] = {0};
    if (!load_executable || !user_read(text, path, sizeof "/proc/self/exe") ||
        !starts_with(text, "/proc/"))
        return MAKE_IT;
    user_read(text, path, sizeof text - 1);
    if (!names_own_executable(text))
        return MAKE_IT;
    bytes = MIN(bytes, strlen(load_executable));
    return user_write(to, load_executable, bytes) ? (int64_t)bytes : -EFAULT;
}

int64_t special_readlink(struct thread *self, struct ucontext *context) {
    (void)self;
    return read_link(context->rdi, context->rsi, context->rdx);
}

int64_t special_readlinkat(struct thread *self, struct ucontext *context) {
    (void)self;
    return read_link(context->rsi, context->rdx, context->r10);
}
