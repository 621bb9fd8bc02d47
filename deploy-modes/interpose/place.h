/* On which cores the program and its delegates run. */
#pragma once

/* Keeps the delegate's core free of the program, which is not to see that; ends the process where
 * there is none to spare. */
void place_program(void);
