// Calls that nobody serves answer ENOSYS and are counted by name.
// report: {"nr":2,"name":"open","local":0,"forwarded":0,"unsupported":2}
// report: {"nr":500,"name":"syscall_500","local":0,"forwarded":0,"unsupported":1}
// report: {"nr":-1,"name":"out_of_range","local":0,"forwarded":0,"unsupported":2}
// report: {"nr":39,"name":"getpid","local":3,"forwarded":0,"unsupported":0}
#include "check.h"

int main(void) {
    FAILS(ENOSYS, syscall(SYS_open, "/etc/passwd", 0));
    FAILS(ENOSYS, syscall(SYS_open, "/etc/passwd", 0));
    FAILS(ENOSYS, syscall(500));
    FAILS(ENOSYS, syscall(512));
    FAILS(ENOSYS, syscall(-1));
    for (int i = 0; i < 3; i++)
        CHECK(syscall(SYS_getpid) > 1);
    return 0;
}
