/** The kernel spec: what a kernel is, how it boots, what it needs. */
@NullMarked
package dev.diver.kernels.spec;

import org.jspecify.annotations.NullMarked;
