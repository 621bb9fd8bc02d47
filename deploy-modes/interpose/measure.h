/* What interposing costs on this machine: found out once, by the first process of the tree. */
#pragma once

struct thread;

/* Arms the thread, and sets what options.h lists as found out; ends the process where the round
 * trip that is asked for is under the floor, and with --floor after it has printed that. */
void measure(struct thread *self);
