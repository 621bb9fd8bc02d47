/* Settings of Linux's that are changed for a moment. */
#pragma once

#include "ledger.h"

/* With it Linux waits for grace periods of RCU by interrupting its cores, and not for their next
 * tick; it does so itself while it suspends, which takes cores offline as well. */
#define SETTING_EXPEDITED "/sys/kernel/rcu_expedited"

/* Sets a file that holds a number; `changed` says what is to be given back, if anything. Where
 * Linux refuses, or the ledger cannot be written, it stays as it is. */
void setting_change(int ledger, const char *path, uint64_t value, struct changed_setting *changed);
/* It is as it was before, unless somebody else has changed it since. */
void setting_give_back(const struct changed_setting *changed, int ledger);
/* All that the ledger still has. */
void settings_give_back(const struct record *record, int ledger);
