/* The locks, from the outermost in. */
#include "confine.h"
#include "lib.h"
#include "serve.h"
#include "special.h"
#include "sys.h"
#include "table.h"

#define PR_CAPBSET_DROP     24
#define PR_SET_NO_NEW_PRIVS 38
#define PR_CAP_AMBIENT      47
#define PR_AMBIENT_CLEAR    4

#define RLIMIT_CORE   4
#define RLIMIT_NOFILE 7

static void note(struct confinement *done, const char *lock) {
    size_t length = strlen(done->list);
    format(done->list + length, sizeof done->list - length, "%s\"%s\"", length ? "," : "", lock);
}

/* --- descriptors --- */

static void limit(int resource, uint64_t value) {
    const uint64_t both[2] = {value, value};
    if (is_error(sys(__NR_prlimit64, 0, resource, both, 0)))
        fail("The limit %d cannot be set to %lu.", resource, value);
}

/* A folder among the streams would lead out of the app's tree. */
static void check_stream(int descriptor) {
    struct stat status;
    int64_t result = sys(__NR_fstat, descriptor, &status);
    if (is_error(result) || (status.mode & S_IFMT) != S_IFDIR)
        return;
    int64_t null = sys(__NR_open, "/dev/null", O_RDWR | O_CLOEXEC);
    sys(__NR_dup2, null, descriptor);
    sys(__NR_close, null);
}

static void close_others(void) {
    for (int stream = 0; stream <= 2; stream++)
        check_stream(stream);
    if (is_error(sys(__NR_close_range, 3, DESCRIPTORS_END - 1, 0)))
        for (int other = 3; other < DESCRIPTORS_END; other++)
            sys(__NR_close, other);
    limit(RLIMIT_NOFILE, DESCRIPTORS_END);
    limit(RLIMIT_CORE, 0);
}

/* --- capabilities (capabilities(7)) --- */

/* Root becomes the user whom the app runs as, and ends with its parent as before: Linux forgets
 * that. */
static void change_user(const struct options *options) {
    uint64_t uid = options->uid, gid = options->gid;
    int32_t signal = 0;
    if (sys(__NR_geteuid) != 0 || uid == 0)
        return;
    sys(__NR_prctl, PR_GET_PDEATHSIG, &signal);
    if (is_error(sys(__NR_setgroups, 0, 0)) || is_error(sys(__NR_setresgid, gid, gid, gid)) ||
        is_error(sys(__NR_setresuid, uid, uid, uid)))
        fail("The delegate cannot become user %lu.", uid);
    sys(__NR_prctl, PR_SET_PDEATHSIG, signal);
}

static void drop_capabilities(const struct options *options) {
    const uint32_t header[2] = {0x20080522 /* version 3 */, 0};
    const uint32_t none[6] = {0};
    for (int capability = 0; !is_error(sys(__NR_prctl, PR_CAPBSET_DROP, capability)); capability++)
        ;
    sys(__NR_prctl, PR_CAP_AMBIENT, PR_AMBIENT_CLEAR);
    change_user(options);
    if (is_error(sys(__NR_capset, header, none)) ||
        is_error(sys(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1)))
        fail("The delegate cannot give up its privileges.");
}

/* --- Landlock (landlock(7)) --- */

#define LANDLOCK_VERSION      1
#define LANDLOCK_PATH_BENEATH 1
#define FS_EXECUTE            (1 << 0)
#define FS_WRITE              (1 << 1)
#define FS_READ               (1 << 2)
#define FS_READ_FOLDER        (1 << 3)
#define FS_MAKE_CHARACTER     (1 << 6)
#define FS_MAKE_BLOCK         (1 << 11)
#define FS_TRUNCATE           (1 << 14)
#define FS_ALL_2              0x3fffull /* version 2: with renaming across folders */
#define FS_ALL_3              0x7fffull /* version 3: with truncation */
#define FS_LOOK               (FS_EXECUTE | FS_READ | FS_READ_FOLDER)
#define FS_OF_FILE            (FS_EXECUTE | FS_READ | FS_WRITE | FS_TRUNCATE)

struct beneath {
    uint64_t allowed;
    int32_t parent;
} __attribute__((packed));

static void allow(int64_t rules_of, const char *path, uint64_t access, uint64_t handled) {
    struct stat status;
    int64_t parent = sys(__NR_open, path, O_PATH | O_CLOEXEC);
    if (is_error(parent) || is_error(sys(__NR_fstat, parent, &status)))
        fail("%s cannot be opened in the app's tree: error %d.", path, (int)-parent);
    if ((status.mode & S_IFMT) != S_IFDIR)
        access &= FS_OF_FILE;
    const struct beneath rule = {access & handled, (int32_t)parent};
    if (is_error(sys(__NR_landlock_add_rule, rules_of, LANDLOCK_PATH_BENEATH, &rule, 0)))
        fail("Landlock refuses a rule for %s.", path);
    sys(__NR_close, parent);
}

/* Reading everywhere in the tree, changes only where they are wanted. */
static bool lock_paths(const struct options *options) {
    int64_t version = sys(__NR_landlock_create_ruleset, 0, 0, LANDLOCK_VERSION);
    if (version < 2) /* the first refuses all renaming from one folder to another */
        return false;
    uint64_t handled = version == 2 ? FS_ALL_2 : FS_ALL_3;
    uint64_t changes = handled & ~(uint64_t)(FS_MAKE_CHARACTER | FS_MAKE_BLOCK);
    int64_t rules_of = sys(__NR_landlock_create_ruleset, &handled, sizeof handled, 0);
    if (is_error(rules_of))
        fail("Landlock cannot be set up: error %d.", (int)-rules_of);
    allow(rules_of, "/", FS_LOOK, handled);
    allow(rules_of, "/dev", FS_READ | FS_WRITE | FS_TRUNCATE, handled);
    allow(rules_of, "/tmp", changes, handled);
    for (size_t i = 0; i < options->share_count; i++)
        if (!options->shares[i].read_only)
            allow(rules_of, options->shares[i].at, changes, handled);
    if (is_error(sys(__NR_landlock_restrict_self, rules_of, 0)))
        fail("Landlock cannot be turned on.");
    sys(__NR_close, rules_of);
    return true;
}

/* --- seccomp (seccomp(2)): a program over struct seccomp_data --- */

#define SECCOMP_SET_MODE_FILTER 1
#define RETURN_ALLOW            0x7fff0000u
#define RETURN_KILL_PROCESS     0x80000000u
#define ARCH_X86_64             0xc000003eu
#define NUMBER_AT               0
#define ARCH_AT                 4
#define ARGUMENT_AT(n)          (16 + 8 * (n)) /* its lower half */

#define BPF_LOAD           0x20 /* word at an offset */
#define BPF_JUMP_IF_EQUAL  0x15
#define BPF_JUMP_IF_ANY_OF 0x45 /* of these bits is set */
#define BPF_RETURN         0x06

#define PROT_EXEC 4

struct instruction {
    uint16_t code;
    uint8_t if_true, if_false;
    uint32_t value;
};

struct program {
    uint16_t length;
    struct instruction *code;
};

#define PROGRAM_MAX 1024

static void emit(struct program *p, uint16_t code, uint32_t value, uint8_t if_true,
                 uint8_t if_false) {
    if (p->length == PROGRAM_MAX)
        fail("The list of allowed system calls is too long.");
    p->code[p->length++] = (struct instruction){code, if_true, if_false, value};
}

static void allow_call(struct program *p, uint32_t number) {
    emit(p, BPF_JUMP_IF_EQUAL, number, 0, 1);
    emit(p, BPF_RETURN, RETURN_ALLOW, 0, 0);
}

/* Allowed if the argument compares so. */
static void allow_call_if(struct program *p, uint32_t number, uint32_t argument, uint16_t compare,
                          uint32_t value, bool wanted) {
    emit(p, BPF_JUMP_IF_EQUAL, number, 0, 4);
    emit(p, BPF_LOAD, ARGUMENT_AT(argument), 0, 0);
    emit(p, compare, value, wanted ? 0 : 1, wanted ? 1 : 0);
    emit(p, BPF_RETURN, RETURN_ALLOW, 0, 0);
    emit(p, BPF_RETURN, RETURN_KILL_PROCESS, 0, 0);
}

/* What serve() does for itself, beside what it does for the app. */
static const uint16_t own_calls[] = {
    __NR_read,         __NR_write,           __NR_poll,          __NR_munmap, __NR_rt_sigreturn,
    __NR_futex,        __NR_nanosleep,       __NR_clock_gettime, __NR_exit,   __NR_exit_group,
    __NR_gettid,       __NR_getpid,          __NR_sched_yield,   __NR_fstat,  __NR_close,
    __NR_rt_sigaction, __NR_restart_syscall,
};

static void lock_calls(void) {
    struct program p = {0, allocate(PROGRAM_MAX * sizeof(struct instruction))};
    emit(&p, BPF_LOAD, ARCH_AT, 0, 0);
    emit(&p, BPF_JUMP_IF_EQUAL, ARCH_X86_64, 1, 0);
    emit(&p, BPF_RETURN, RETURN_KILL_PROCESS, 0, 0);
    emit(&p, BPF_LOAD, NUMBER_AT, 0, 0);
    for (size_t i = 0; i < ARRAY_SIZE(own_calls); i++)
        allow_call(&p, own_calls[i]);
    for (uint32_t number = 0; number < NUMBERS; number++)
        if (rules[number].class != CLASS_REFUSED)
            allow_call(&p, number);
    allow_call_if(&p, __NR_mmap, 2, BPF_JUMP_IF_ANY_OF, PROT_EXEC, false);
    allow_call_if(&p, __NR_clone, 0, BPF_JUMP_IF_EQUAL, THREAD_FLAGS, true);
    allow_call_if(&p, __NR_tkill, 1, BPF_JUMP_IF_EQUAL, SIGUSR1, true);
    emit(&p, BPF_RETURN, RETURN_KILL_PROCESS, 0, 0);
    int64_t result = sys(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, &p);
    if (is_error(result))
        fail("The delegate's system calls cannot be limited: error %d.", (int)-result);
    sys(__NR_munmap, p.code, PROGRAM_MAX * sizeof(struct instruction));
}

void confine(const struct options *options, bool calls, struct confinement *done) {
    done->list[0] = '\0';
    note(done, "namespaces");
    keep_errors();
    close_others();
    protect_streams();
    drop_capabilities(options);
    note(done, "no-new-privs");
    if (lock_paths(options))
        note(done, "landlock");
    if (calls) {
        lock_calls();
        note(done, "seccomp");
    }
}
