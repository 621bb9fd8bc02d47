/** The mode partitioned-hardware: a net beside the Linux of a machine, on what is taken from it. */
@NullMarked
package dev.diver.deploy.hardware;

import org.jspecify.annotations.NullMarked;
