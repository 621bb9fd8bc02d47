/** Nets, read and built. */
@NullMarked
package dev.diver.kernels.net;

import org.jspecify.annotations.NullMarked;
