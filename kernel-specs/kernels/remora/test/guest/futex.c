// Uncontended locks work; a futex that can only time out does.
#include "check.h"
#include <linux/futex.h>
#include <pthread.h>
#include <time.h>

int main(void) {
    uint32_t word = 1;
    struct timespec wait = {0, 5000000};
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    CHECK(pthread_mutex_lock(&mutex) == 0 && pthread_mutex_unlock(&mutex) == 0);
    FAILS(EAGAIN, syscall(SYS_futex, &word, FUTEX_WAIT, 2, &wait));
    FAILS(ETIMEDOUT, syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 1, &wait));
    CHECK(syscall(SYS_futex, &word, FUTEX_WAKE, 1) == 0);
    FAILS(EINVAL, syscall(SYS_futex, (char *)&word + 1, FUTEX_WAKE, 1));
    return 0;
}
