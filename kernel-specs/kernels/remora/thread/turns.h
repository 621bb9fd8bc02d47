/* What thread.c does for schedule.c. */
#pragma once

struct thread;

/* Puts this thread, whose turn is over, into the ring of the core where it is to run. */
void thread_move(struct thread *self);
/* Gives back the memory of one that has ended, once its stack is left. */
void thread_free(struct thread *thread);
