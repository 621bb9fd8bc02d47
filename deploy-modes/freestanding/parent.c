#include "parent.h"
#include "sys.h"

void end_with_parent(int64_t parent) {
    sys(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL);
    if (sys(__NR_getppid) != parent) /* it was killed before that */
        sys(__NR_exit_group, 1);
}
