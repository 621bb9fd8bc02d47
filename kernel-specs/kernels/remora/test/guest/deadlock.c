// A lock that nobody can ever release ends the app, and the report says why.
// expect: signal 9
// report: "reason":"it waits for a futex that nobody can wake"
#include "check.h"
#include <pthread.h>

int main(void) {
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&mutex);
    pthread_mutex_lock(&mutex);
    return 0;
}
