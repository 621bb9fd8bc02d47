/* Giving Linux back what an enclave took: one way, by the ledger, whoever goes it. */
#pragma once

#include <stdbool.h>

/*
 * Ends the enclave and gives back all that its ledger names, in this order: its cores are stopped
 * before anything else, since the co-kernel may write to its memory until then. May be done again
 * where it was broken off. To be called with the machine's lock. `lost`: nobody has said why it
 * ends; the report says that it was lost. False if Linux takes something not back: another try may
 * help.
 */
bool give_back(const char *name, bool lost);

/* Does that for every enclave whose keeper has gone without. */
void recover(void);
