// Calls are counted where they are served, and what cannot be is named.
// line: remora.forward=getppid remora.uid=12 remora.gid=34 -- counted
// report: {"nr":1,"name":"write","local":0,"forwarded":3,"unsupported":0,"forwarding_ns":
// report: {"nr":39,"name":"getpid","local":2,"forwarded":0,"unsupported":0}
// report: {"nr":110,"name":"getppid","local":0,"forwarded":4,"unsupported":0,"forwarding_ns":
// report: {"nr":57,"name":"fork","local":0,"forwarded":0,"unsupported":1}
// report: {"event":"exit","status":0
// report: {"event":"delegate","requests":
// stdout: one
#include "check.h"
#include <sys/auxv.h>
#include <sys/wait.h>

int main(void) {
    for (int i = 0; i < 4; i++)
        syscall(SYS_getppid);
    for (int i = 0; i < 2; i++)
        syscall(SYS_getpid);
    CHECK(write(1, "one", 3) == 3 && write(1, "\n", 1) == 1 && write(1, "", 0) == 0);
    FAILS(ENOSYS, syscall(SYS_fork));
    FAILS(ECHILD, wait(NULL));
    CHECK(getuid() == 12 && getegid() == 34 && getauxval(AT_UID) == 12 && getauxval(AT_GID) == 34);
    return 0;
}
