/**
 * What a dive runs on: QEMU and its version, acceleration that is proved, QMP, command lines as
 * data.
 */
@NullMarked
package dev.diver.deploy.machine;

import org.jspecify.annotations.NullMarked;
