/** The mode emulated: a program on this host's Linux, whose chosen system calls are forwarded. */
@NullMarked
package dev.diver.deploy.emulated;

import org.jspecify.annotations.NullMarked;
