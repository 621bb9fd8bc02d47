/**
 * What modes share that run a machine under QEMU: supervision, streams, verdicts, command lines.
 */
@NullMarked
package dev.diver.deploy.vm;

import org.jspecify.annotations.NullMarked;
