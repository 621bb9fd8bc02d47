/* Giving Linux back what an enclave took: one way, by the ledger, whoever goes it. */
#pragma once

#include <stdbool.h>

#include "ledger.h"

/*
 * Ends the enclave and gives back all that its ledger names, in this order: its cores are stopped
 * before anything else, since the co-kernel may write to its memory until then. May be done again
 * where it was broken off. To be called with the machine's lock. `lost`: nobody has said why it
 * ends; the report says that it was lost. False if Linux takes something not back: another try may
 * help.
 */
bool give_back(const char *name, bool lost);

/* Does that for every enclave whose keeper has gone without, and removes streams that are nobody's.
 */
void recover(void);
/* The same with the machine's lock. */
void recover_locked(void);

/* Puts back what was where its cores start, if that is still lent. The machine's lock is held, and
 * no core is on its way through there. */
void restore_low(const struct record *record, int ledger);

/* The report of an enclave, to go on with; negative where there is none. */
int open_report(const char *name);
