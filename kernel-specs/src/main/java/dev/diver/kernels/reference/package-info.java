/** How a kernel package is named: references, tags and digests. */
@NullMarked
package dev.diver.kernels.reference;

import org.jspecify.annotations.NullMarked;
