/** The whole, tried as a user would: real QEMU, a real server over HTTP, real clients. */
@NullMarked
package dev.diver.e2e;

import org.jspecify.annotations.NullMarked;
