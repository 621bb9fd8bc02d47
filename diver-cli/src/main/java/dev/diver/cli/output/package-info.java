/** The one door to standard input, output and error: tables, JSON, colours, progress. */
@NullMarked
package dev.diver.cli.output;

import org.jspecify.annotations.NullMarked;
