/** The system calls of Linux, by number and name. */
@NullMarked
package dev.diver.kernels.syscall;

import org.jspecify.annotations.NullMarked;
