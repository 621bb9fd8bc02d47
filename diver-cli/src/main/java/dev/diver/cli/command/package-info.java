/** One class for each verb that a user can type: it parses, calls one library function, prints. */
@NullMarked
package dev.diver.cli.command;

import org.jspecify.annotations.NullMarked;
