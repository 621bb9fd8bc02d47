/** Nets: an app and the kernel that it is built for ({@code net.toml}), and how one is built. */
@NullMarked
package dev.diver.kernels.net;

import org.jspecify.annotations.NullMarked;
