/**
 * What it costs a mode to forward a system call: measured, stored as a delegation profile, read by
 * the speedup model.
 */
@NullMarked
package dev.diver.deploy.delegation;

import org.jspecify.annotations.NullMarked;
