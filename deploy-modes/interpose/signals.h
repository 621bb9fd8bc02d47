/* The program's signals: its handlers are called by way of `deliver`, so that they never see the
 * interposer's own code; SIGSYS stays the interposer's. */
#pragma once

#include "thread.h"

/* Takes over what the program inherits: SIGSYS is handled here, and, where calls are counted, so
 * are the signals that would end the process. */
void signals_start(struct process *process);
/* All handlers become the default (clone3's CLONE_CLEAR_SIGHAND). */
void signals_clear(struct process *process);
/* A SIGSYS that is no trapped call: somebody sent it. */
void signals_sigsys(struct thread *self, struct siginfo *info, struct ucontext *context);
/* What arrived while the thread was `waiting` arrives once more, when its handler returns. */
void signals_send_deferred(struct thread *self);
/* Sets the stack for handlers that Linux takes over when this handler returns. */
void arm_stack(const struct thread *self, struct ucontext *context);
/* Makes the registers of a thread that a signal found in the stub those of its call's site: the
 * call is over, or will be made again. */
void leave_stub(struct thread *self, struct ucontext *context);
