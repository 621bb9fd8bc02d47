package dev.diver.deploy.trace;

import java.io.IOException;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Tables with a line for each system call: what {@code strace -c} and {@code perf trace -s} print.
 * Several tables, as perf has one for each thread, are added up.
 */
final class SummaryTable {

  /** Which columns say what, counted from 0; the name may be first or last. */
  enum Layout {
    /** {@code % time, seconds, usecs/call, calls, [errors,] syscall}. */
    STRACE("strace -c", 1, 1_000_000_000, 3),
    /** {@code syscall, calls, errors, total (msec), min, avg, max, stddev}. */
    PERF("perf trace -s", 3, 1_000_000, 1);

    private final String tool;
    private final int timeColumn;
    private final long nanosPerUnit;
    private final int callsColumn;

    Layout(String tool, int timeColumn, long nanosPerUnit, int callsColumn) {
      this.tool = tool;
      this.timeColumn = timeColumn;
      this.nanosPerUnit = nanosPerUnit;
      this.callsColumn = callsColumn;
    }
  }

  private static final int LONGEST_LINE = 1000;

  private final Layout layout;
  private final String left;
  private boolean skipping;
  private final Tally tally = new Tally();
  private int threads;
  private long skipped;
  private @Nullable String firstSkipped;

  /**
   * Has read nothing yet.
   *
   * @param left a thread's number whose table is left out; empty for none
   */
  SummaryTable(Layout layout, String left) {
    this.layout = layout;
    this.left = left;
  }

  String tool() {
    return layout.tool;
  }

  /** Reads all tables; the current line of {@code lines} is their first. */
  void read(Lines lines) throws IOException {
    do {
      if (lines.end() - lines.start() > LONGEST_LINE || !readLine(lines.text().strip())) {
        skipped++;
        firstSkipped = firstSkipped == null ? describe(lines) : firstSkipped;
      }
    } while (lines.next());
  }

  private static String describe(Lines lines) {
    return "line " + lines.number() + ": " + lines.text();
  }

  private boolean readLine(String line) {
    if (layout == Layout.PERF && line.matches(".*\\(\\d+\\), \\d+ events, .*%")) {
      skipping = line.contains("(" + left + "),");
      threads += skipping ? 0 : 1;
      return true;
    }
    return isFrame(line) || skipping || readRow(line.split(" +", -1));
  }

  /** What is between the rows: headings, rules, sums. */
  private static boolean isFrame(String line) {
    return line.isEmpty()
        || line.startsWith("% time")
        || line.startsWith("---")
        || line.startsWith("syscall ")
        || line.startsWith("(msec)")
        || line.startsWith("Summary of events")
        || line.endsWith(" total")
        || line.startsWith("strace: ");
  }

  private boolean readRow(String[] words) {
    String name = layout == Layout.STRACE ? words[words.length - 1] : words[0];
    boolean shaped =
        layout == Layout.STRACE
            ? words.length == 5 || words.length == 6
            : words.length == 8 && words[7].endsWith("%");
    if (!shaped || !name.matches("[a-z_A-Z0-9]{1,64}")) {
      return false;
    }
    try {
      long calls = Long.parseLong(words[layout.callsColumn]);
      BigDecimal nanos =
          new BigDecimal(words[layout.timeColumn])
              .multiply(BigDecimal.valueOf(layout.nanosPerUnit));
      if (calls < 1 || nanos.signum() < 0) {
        return false;
      }
      tally.add(name, calls, nanos.longValueExact());
      return true;
    } catch (ArithmeticException | NumberFormatException e) {
      return false;
    }
  }

  Tally tally() {
    return tally;
  }

  OptionalInt threads() {
    return threads > 0 ? OptionalInt.of(threads) : OptionalInt.empty();
  }

  long skipped() {
    return skipped;
  }

  Optional<String> firstSkipped() {
    return Optional.ofNullable(firstSkipped);
  }

  /** The layout whose heading this is. */
  static Optional<Layout> headed(String line) {
    return Arrays.stream(Layout.values())
        .filter(layout -> line.strip().startsWith(heading(layout)))
        .findFirst();
  }

  private static String heading(Layout layout) {
    return switch (layout) {
      case STRACE -> "% time";
      case PERF -> "Summary of events";
    };
  }
}
