/** Kernel folders to packages and back: packing, safe unpacking, the publisher's scripts. */
@NullMarked
package dev.diver.kernels.pack;

import org.jspecify.annotations.NullMarked;
