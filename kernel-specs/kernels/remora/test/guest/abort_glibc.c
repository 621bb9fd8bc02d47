// abort() is SIGABRT, and what was printed before arrives.
// stdout: before
// expect: signal 6
#include "check.h"

int main(void) {
    puts("before");
    fflush(stdout);
    abort();
}
