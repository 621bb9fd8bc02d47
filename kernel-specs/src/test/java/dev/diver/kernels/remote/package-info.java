/** The client against Debian's docker-registry, and against a server that misbehaves. */
@NullMarked
package dev.diver.kernels.remote;

import org.jspecify.annotations.NullMarked;
