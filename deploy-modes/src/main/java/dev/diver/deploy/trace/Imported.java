package dev.diver.deploy.trace;

import java.util.Optional;

/**
 * A trace that was made of what another tool has written.
 *
 * @param trace what could be read
 * @param format of the input, as in {@code strace -T}
 * @param skipped lines that could not be read
 * @param firstSkipped the first of them, with its number
 */
public record Imported(Trace trace, String format, long skipped, Optional<String> firstSkipped) {}
