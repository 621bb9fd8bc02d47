/** How a net meets the hardware: the deployment modes and the records they share. */
@NullMarked
package dev.diver.deploy;

import org.jspecify.annotations.NullMarked;
