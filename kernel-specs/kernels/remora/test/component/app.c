/* Ends with what system call 500 answers; without a component that is ENOSYS, 38. */
#include "check.h"

int main(void) {
    long result = syscall(500, 2);
    return (int)(result < 0 ? errno : result);
}
