/* Who and where the app is. */
#include "remora/delegate.h"
#include "remora/descriptors.h"
#include "remora/errno.h"
#include "remora/lib.h"
#include "remora/memory.h"
#include "remora/process.h"
#include "remora/random.h"
#include "remora/syscall.h"
#include "remora/version.h"

/* What Linux a program may take this for: one whose calls remora knows by name. */
#define LINUX_RELEASE "6.1.0-remora"

struct utsname {
    char system[65], node[65], release[65], version[65], machine[65], domain[65];
};

int64_t sys_uname(const struct call *call) {
    static const struct utsname name = {
        .system = "Linux",
        .node = "remora",
        .release = LINUX_RELEASE,
        .version = "#1 remora " REMORA_VERSION,
        .machine = "x86_64",
        .domain = "(none)",
    };
    return user_write(call->argument[0], &name, sizeof name) ? 0 : -EFAULT;
}

int64_t sys_getpid(const struct call *call) {
    (void)call;
    return APP_PID;
}

int64_t sys_getppid(const struct call *call) {
    (void)call;
    return PARENT_PID;
}

/* Whom its files are read and written as: getuid, geteuid. */
int64_t sys_getuid(const struct call *call) {
    (void)call;
    return options.uid;
}

/* getgid, getegid */
int64_t sys_getgid(const struct call *call) {
    (void)call;
    return options.gid;
}

/* Real, effective and saved. */
static int64_t write_thrice(const struct call *call, uint32_t id) {
    for (int i = 0; i < 3; i++)
        if (!user_write(call->argument[i], &id, sizeof id))
            return -EFAULT;
    return 0;
}

int64_t sys_getresuid(const struct call *call) {
    return write_thrice(call, options.uid);
}

int64_t sys_getresgid(const struct call *call) {
    return write_thrice(call, options.gid);
}

/* It cannot have children: wait4, waitid. */
int64_t sys_wait4(const struct call *call) {
    (void)call;
    return -ECHILD;
}

/* Groups, sessions and process groups: one of each, led by the app. */
int64_t sys_getgroups(const struct call *call) {
    (void)call;
    return 0;
}

int64_t sys_getpgid(const struct call *call) {
    return call->argument[0] == 0 || call->argument[0] == APP_PID ? APP_PID : -ESRCH;
}

int64_t sys_getcwd(const struct call *call) {
    if (call->argument[1] < 2)
        return -ERANGE;
    return user_write(call->argument[0], "/", 2) ? 2 : -EFAULT;
}

int64_t sys_umask(const struct call *call) {
    static uint32_t mask = 022;
    uint32_t old = mask;
    mask = call->argument[0] & 0777;
    return old;
}

struct sysinfo {
    int64_t uptime;
    uint64_t loads[3];
    uint64_t total, free, shared, buffers, swap_total, swap_free;
    uint16_t processes, padding;
    uint64_t high_total, high_free;
    uint32_t unit;
};

int64_t sys_sysinfo(const struct call *call) {
    struct sysinfo info = {
        .uptime = (int64_t)(clock_now() / 1000000000),
        .total = frames_total(),
        .free = frames_unused(),
        .processes = 1,
        .unit = 1,
    };
    return user_write(call->argument[0], &info, sizeof info) ? 0 : -EFAULT;
}

int64_t sys_getrandom(const struct call *call) {
    uint64_t to = call->argument[0], size = MIN(call->argument[1], (uint64_t)INT32_MAX);
    if (!user_check(to, size, PROT_WRITE))
        return -EFAULT;
    uint8_t bytes[256];
    for (uint64_t done = 0; done < size; done += sizeof bytes) {
        random_fill(bytes, sizeof bytes);
        user_write(to + done, bytes, MIN(sizeof bytes, size - done));
    }
    return (int64_t)size;
}

/* --- limits --- */

#define RLIMIT_STACK  3
#define RLIMIT_NPROC  6
#define RLIMIT_NOFILE 7
#define RLIMITS       16
#define RLIM_INFINITY UINT64_MAX

struct rlimit {
    uint64_t soft, hard;
};

static bool limit_get(uint64_t resource, struct rlimit *limit) {
    uint64_t value = RLIM_INFINITY;
    if (resource == RLIMIT_STACK)
        value = STACK_LIMIT;
    else if (resource == RLIMIT_NPROC)
        value = 1;
    else if (resource == RLIMIT_NOFILE)
        value = delegate_available() ? DELEGATED_DESCRIPTORS : DESCRIPTORS;
    *limit = (struct rlimit){value, value};
    return resource < RLIMITS;
}

int64_t sys_getrlimit(const struct call *call) {
    struct rlimit limit;
    if (!limit_get(call->argument[0], &limit))
        return -EINVAL;
    return user_write(call->argument[1], &limit, sizeof limit) ? 0 : -EFAULT;
}

/* Limits are what the machine is: they can be lowered in name only. */
int64_t sys_setrlimit(const struct call *call) {
    struct rlimit limit, wanted;
    if (!limit_get(call->argument[0], &limit))
        return -EINVAL;
    if (!user_read(&wanted, call->argument[1], sizeof wanted))
        return -EFAULT;
    if (wanted.soft > wanted.hard)
        return -EINVAL;
    return wanted.hard <= limit.hard ? 0 : -EPERM;
}

int64_t sys_prlimit64(const struct call *call) {
    uint64_t pid = call->argument[0], new = call->argument[2], old = call->argument[3];
    struct call set = {.argument = {call->argument[1], new}};
    struct call get = {.argument = {call->argument[1], old}};
    if (pid != 0 && pid != APP_PID)
        return -ESRCH;
    int64_t result = new ? sys_setrlimit(&set) : 0;
    if (result == 0 && old)
        result = sys_getrlimit(&get);
    return result;
}
