/** The mode partitioned-vm: a net beside the Linux that serves it, in one machine under QEMU. */
@NullMarked
package dev.diver.deploy.partitionedvm;

import org.jspecify.annotations.NullMarked;
