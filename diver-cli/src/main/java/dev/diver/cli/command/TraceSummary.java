package dev.diver.cli.command;

import dev.diver.cli.output.Quantity;
import dev.diver.cli.output.Shell;
import dev.diver.cli.output.Table;
import dev.diver.deploy.trace.SyscallUse;
import dev.diver.deploy.trace.Trace;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Function;

/** A trace as people read it, on standard error. */
final class TraceSummary {

  /** More than these say little; the file has all. */
  private static final int MOST_ROWS = 20;

  private TraceSummary() {}

  static void say(Trace trace, Shell shell) {
    Table table =
        new Table()
            .text("CALL")
            .number("CALLS")
            .number("TIME")
            .number("SHARE")
            .number("MEDIAN")
            .number("P99")
            .number("MOST");
    trace.syscalls().stream().limit(MOST_ROWS).forEach(use -> row(table, use, trace));
    shell.say(table);
    int more = trace.syscalls().size() - MOST_ROWS;
    if (more > 0) {
      shell.say("and " + more + " more");
    }
    shell.say(
        "%d calls took %s, %s of %s%s"
            .formatted(
                trace.calls(),
                Quantity.time(trace.service()),
                share(trace.service(), trace.lifetime()),
                Quantity.time(trace.lifetime()),
                trace.threads().orElse(1) > 1
                    ? " that " + trace.threads().getAsInt() + " threads lived, all together"
                    : ""));
    shell.say(
        "recorded by "
            + trace.recorder()
            + (trace.slowdown().isPresent()
                ? ", which made the run %s times as long"
                    .formatted(String.format(Locale.ROOT, "%.2f", trace.slowdown().getAsDouble()))
                : ""));
  }

  private static void row(Table table, SyscallUse use, Trace trace) {
    table.row(
        use.name(),
        Long.toString(use.calls()),
        time(use.service()),
        share(use.service(), trace.lifetime()),
        spread(use, SyscallUse.Spread::median),
        spread(use, SyscallUse.Spread::p99),
        spread(use, SyscallUse.Spread::maximum));
  }

  private static String spread(SyscallUse use, Function<SyscallUse.Spread, Duration> which) {
    return use.spread().map(which).map(TraceSummary::time).orElse("-");
  }

  /** Single calls take less than what people say times in. */
  private static String time(Duration time) {
    return time.toNanos() < 10_000
        ? String.format(Locale.ROOT, "%.2f µs", time.toNanos() / 1e3)
        : Quantity.time(time);
  }

  private static String share(Duration part, Duration whole) {
    return whole.isZero()
        ? "-"
        : String.format(Locale.ROOT, "%.2f %%", 100.0 * part.toNanos() / whole.toNanos());
  }
}
