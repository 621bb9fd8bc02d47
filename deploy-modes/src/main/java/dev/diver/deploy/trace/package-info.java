/**
 * Which system calls a program made on a Linux, and what they took: recorded, or read from what
 * other tools have written. Knows no mode and no machine.
 */
@NullMarked
package dev.diver.deploy.trace;

import org.jspecify.annotations.NullMarked;
