/** The mode full-vm: a net in a virtual machine of its own, on QEMU. */
@NullMarked
package dev.diver.deploy.fullvm;

import org.jspecify.annotations.NullMarked;
