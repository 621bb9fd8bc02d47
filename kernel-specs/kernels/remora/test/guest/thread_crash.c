// A fault in one thread ends the app, with that thread's registers, while others compute.
// cpus: 2
// cflags: -pthread
// expect: signal 11
// report: "fault_addr":"0x123450"
#include "check.h"
#include <pthread.h>

static void *crash(void *argument) {
    *(volatile int *)0x123450 = 1;
    return argument;
}

int main(void) {
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, crash, NULL) == 0);
    for (;;)
        ;
}
