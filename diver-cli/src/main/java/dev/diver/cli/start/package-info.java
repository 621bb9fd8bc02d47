/** What the launcher runs to make the start-up cache. */
@NullMarked
package dev.diver.cli.start;

import org.jspecify.annotations.NullMarked;
