/** Makes a kernel package of a kernel's file: recognized, described, booted once, packed. */
@NullMarked
package dev.diver.deploy.importing;

import org.jspecify.annotations.NullMarked;
