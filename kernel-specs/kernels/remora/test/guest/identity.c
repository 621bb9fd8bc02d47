// Who the app is.
#include "check.h"
#include <sched.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

int main(void) {
    struct utsname name;
    struct sysinfo info;
    struct rlimit limit;
    cpu_set_t cores;
    char path[16], a[32], b[32];
    CHECK(uname(&name) == 0 && !strcmp(name.sysname, "Linux") && !strcmp(name.machine, "x86_64"));
    CHECK(sysinfo(&info) == 0 && info.totalram > 60 << 20 && info.freeram < info.totalram);
    CHECK(getpid() == getpgrp() && getpid() == syscall(SYS_gettid) && getppid() > 0);
    CHECK(getuid() == 0 && geteuid() == 0 && getgid() == 0 && getegid() == 0);
    CHECK(getcwd(path, sizeof path) == path && !strcmp(path, "/"));
    FAILS(ERANGE, getcwd(path, 1) ? 0 : -1);
    CHECK(getrandom(a, 32, 0) == 32 && getrandom(b, 32, 0) == 32 && memcmp(a, b, 32));
    CHECK(sched_getaffinity(0, sizeof cores, &cores) == 0 && CPU_COUNT(&cores) == 1);
    CHECK(sysconf(_SC_NPROCESSORS_ONLN) == 1 && sched_getcpu() == 0 && sched_yield() == 0);
    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= 3);
    CHECK(umask(077) == 022 && umask(0) == 077);
    return 0;
}
