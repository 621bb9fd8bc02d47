/* What a machine has and lacks for enclaves: tried where it can be, so that nothing is guessed. */
#pragma once

/* One line of JSON. */
void facts_print(void);
