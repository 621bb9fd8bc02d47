/**
 * The speedup model of Tauro, Liu and Hale, "Modeling Speedup in Multi-OS Environments": what a
 * program gains from a specialized OS that forwards some of its system calls to a Linux. Pure
 * functions over immutable values; knows traces, but no mode, no machine and no command.
 *
 * <p>Equation and section numbers are the paper's. A <em>round trip</em> is its 2·f_c: one
 * forwarded call there and back, without its service. Times that are computed are {@code double}
 * nanoseconds and say so in their names.
 */
@NullMarked
package dev.diver.deploy.speedup;

import org.jspecify.annotations.NullMarked;
