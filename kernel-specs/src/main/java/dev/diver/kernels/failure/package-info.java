/** What can go wrong, as values: what is wrong and what to do about it. */
@NullMarked
package dev.diver.kernels.failure;

import org.jspecify.annotations.NullMarked;
