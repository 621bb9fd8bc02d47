/* Threads whose stacks are gone before their last call (musl's detached threads), or are small. */
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

static atomic_int ended;

static void *work(void *argument) {
    char text[64];
    snprintf(text, sizeof text, "%p", argument);
    ended++;
    return NULL;
}

int main(void) {
    pthread_attr_t detached;
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&detached, PTHREAD_STACK_MIN < 8192 ? 8192 : PTHREAD_STACK_MIN);
    for (int i = 0; i < 300; i++) {
        pthread_t thread;
        while (pthread_create(&thread, &detached, work, NULL))
            usleep(100);
    }
    while (ended < 300)
        usleep(1000);
    printf("%d ended\n", ended);
    return 0;
}
