@NullMarked
package dev.diver.kernels.syscall;

import org.jspecify.annotations.NullMarked;
