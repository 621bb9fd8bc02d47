/** Where the scripts of publishers run: confined by bubblewrap, in an environment that is told. */
@NullMarked
package dev.diver.kernels.confine;

import org.jspecify.annotations.NullMarked;
