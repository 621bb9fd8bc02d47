/*
 * What Diver and the supervisor of a run say to each other. Diver's side is Supervisor.java.
 *
 * A request comes on standard input: how many bytes follow (four bytes, little-endian), then texts,
 * each with NUL behind it:
 *
 *   start ID DEADLINE GRACE CORES FOLDER IN HOW OUT COUNT WORD... "" VARIABLE...
 *   stop ID
 *
 *   DEADLINE  after how many milliseconds its process group gets SIGTERM; 0: never
 *   GRACE     how many milliseconds it then has until SIGKILL
 *   CORES     where it may run, as in 1,3; empty: where the supervisor may
 *   FOLDER    where it runs
 *   IN        the file that is its standard input
 *   HOW OUT   where its standard output goes: replace or append a file; inherit (the
 *             supervisor's); tell (as events)
 *   WORD      COUNT of them: the program, looked for on the PATH among its variables, and what it
 *             is told
 *
 * The end of standard input, as SIGTERM, tells all to end. When they have, what they have left in
 * whatever session is killed, and the supervisor ends: with 0, or 1 where it cannot see what is
 * left.
 *
 * Events go to standard error; where the supervisor is started with the word "errors", to standard
 * output, and what stages inherit is standard error.
 */
#pragma once

#include <stdint.h>

enum event_kind {
    EVENT_STARTED, /* its process; 0: it could not be started, and an end follows */
    EVENT_ENDED, /* its status, as timeout(1) says it: its own, 128 + the signal that ended it, 124
                  * at its deadline, 125 where it could not be started, 126 where its program
                  * cannot be run, 127 where there is none */
    EVENT_PRINTED, /* bytes of its standard output: as many as the value says follow */
    EVENT_SAID, /* the same of its standard error; none come after its end but from what it left */
};

struct event { /* little-endian */
    uint32_t kind, id, value;
};
