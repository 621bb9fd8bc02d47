package dev.diver.cli.command;

import dev.diver.cli.output.Quantity;
import dev.diver.cli.output.Shell;
import dev.diver.cli.output.Table;
import dev.diver.deploy.DiveReport;
import dev.diver.deploy.DiveReport.Cost;
import dev.diver.deploy.DiveReport.SyscallCount;
import java.time.Duration;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToLongFunction;

/** Each system call of a dive, as {@code strace -c} has them: the dearest first. */
final class DiveStatistics {

  private DiveStatistics() {}

  /** Prints the table to standard error. */
  static void say(DiveReport report, Shell shell) {
    if (report.syscalls().isEmpty()) {
      shell.say("No system calls were counted.");
      return;
    }
    Table table = new Table().text("CALL").number("LOCAL").number("FORWARDED").number("ENOSYS");
    table.number("FORWARDING").number("SERVICE").number("WAITING").number("EACH");
    report.syscalls().stream()
        .filter(call -> call.all() > 0)
        .sorted(
            Comparator.comparing(DiveStatistics::total)
                .thenComparingLong(SyscallCount::all)
                .reversed())
        .forEach(call -> table.row(row(call)));
    long forwarded = sum(report, SyscallCount::forwarded);
    SyscallCount total =
        new SyscallCount(
            0,
            "total",
            sum(report, SyscallCount::local),
            forwarded,
            sum(report, SyscallCount::unsupported),
            Optional.of(report.cost()));
    shell.say(table.row(row(total)));
    report
        .shareOfRun()
        .filter(_ -> forwarded > 0)
        .ifPresent(
            share ->
                shell.say(
                    String.format(
                        Locale.ROOT,
                        "forwarded calls took %s, %.1f %% of the run (all threads together)",
                        Quantity.time(report.cost().total()),
                        100 * share)));
  }

  private static Duration total(SyscallCount call) {
    return call.cost().map(Cost::total).orElse(Duration.ZERO);
  }

  private static long sum(DiveReport report, ToLongFunction<SyscallCount> count) {
    return report.syscalls().stream().mapToLong(count).sum();
  }

  /** The last cell is what forwarding added to one call, in the mean. */
  private static String[] row(SyscallCount call) {
    Cost cost = call.cost().orElse(Cost.ZERO);
    long forwarded = call.forwarded();
    return new String[] {
      call.name(),
      count(call.local()),
      count(forwarded),
      count(call.unsupported()),
      forwarded == 0 ? "" : Quantity.time(cost.forwarding()),
      forwarded == 0 ? "" : Quantity.time(cost.service()),
      forwarded == 0 ? "" : Quantity.time(cost.waiting()),
      forwarded == 0 ? "" : micros(cost.forwarding(), forwarded)
    };
  }

  private static String count(long number) {
    return number == 0 ? "" : Long.toString(number);
  }

  private static String micros(Duration time, long parts) {
    return String.format(Locale.ROOT, "%.2f µs", time.toNanos() / 1000.0 / parts);
  }
}
