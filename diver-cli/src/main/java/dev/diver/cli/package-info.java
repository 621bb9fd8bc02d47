/** What the user types. */
@NullMarked
package dev.diver.cli;

import org.jspecify.annotations.NullMarked;
