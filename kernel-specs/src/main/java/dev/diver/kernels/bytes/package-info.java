/** Bounded reading of files that strangers made. */
@NullMarked
package dev.diver.kernels.bytes;

import org.jspecify.annotations.NullMarked;
