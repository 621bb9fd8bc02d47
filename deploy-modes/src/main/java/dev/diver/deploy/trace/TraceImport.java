package dev.diver.deploy.trace;

import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * Makes traces of what other tools have written: {@code strace -c}, {@code strace -c -w -f}, {@code
 * strace -f -T}, {@code perf trace -s}. Which it is shows in the input. Works in constant memory.
 *
 * <p>{@code strace -c} without {@code -w} tells the processor's time in the kernel, in which
 * nothing that was waited for is contained: the model's g(s) is what {@code -w} tells.
 */
public final class TraceImport {

  private TraceImport() {}

  /**
   * Reads to the stream's end.
   *
   * @param source names the input in errors
   * @param wall how long the program ran, for input that does not tell; it goes before what the
   *     input tells
   * @throws DiverException INVALID where nothing in it can be read, or no time is known
   * @throws IOException where the stream cannot be read
   */
  public static Imported read(InputStream in, String source, Optional<Duration> wall)
      throws IOException {
    return read(in, source, wall, "");
  }

  /** The same, without the thread of this number: in perf's summaries alone. */
  static Imported read(InputStream in, String source, Optional<Duration> wall, String without)
      throws IOException {
    Lines lines = new Lines(in);
    boolean any = lines.next();
    while (any && lines.start() == lines.end()) {
      any = lines.next();
    }
    if (!any) {
      throw nothing(source, "it is empty");
    }
    Optional<SummaryTable.Layout> layout = SummaryTable.headed(lines.text());
    try {
      return layout.isPresent()
          ? table(new SummaryTable(layout.get(), without), lines, source, wall)
          : log(lines, source, wall);
    } catch (ArithmeticException e) {
      throw centuries(source, e);
    }
  }

  private static Imported table(
      SummaryTable table, Lines lines, String source, Optional<Duration> given) throws IOException {
    table.read(lines);
    if (table.tally().isEmpty()) {
      throw nothing(source, table.firstSkipped().orElse("it has no rows"));
    }
    Duration wall = given.orElseThrow(() -> noTime(source));
    return imported(
        table.tool(),
        wall,
        table.threads(),
        wall,
        table.tally().uses(),
        table.skipped(),
        table.firstSkipped());
  }

  private static Imported log(Lines lines, String source, Optional<Duration> given)
      throws IOException {
    StraceLog log = new StraceLog(lines);
    log.read();
    if (log.isEmpty()) {
      throw nothing(source, log.firstSkipped().orElse("it has no calls"));
    }
    Duration wall = given.or(log::wall).orElseThrow(() -> noTime(source));
    return imported(
        "strace -T",
        wall,
        OptionalInt.of(log.threads()),
        log.wall().isPresent() ? log.lifetime() : wall,
        log.tally().uses(),
        log.skipped(),
        log.firstSkipped());
  }

  /** Calls of several threads may take longer than the wall time, where lifetimes are not known. */
  private static Imported imported(
      String tool,
      Duration wall,
      OptionalInt threads,
      Duration lifetime,
      List<SyscallUse> uses,
      long skipped,
      Optional<String> firstSkipped) {
    Duration service = uses.stream().map(SyscallUse::service).reduce(Duration.ZERO, Duration::plus);
    Trace trace =
        new Trace(
            List.of(),
            tool,
            wall,
            threads,
            lifetime.compareTo(service) < 0 ? service : lifetime,
            OptionalDouble.empty(),
            uses);
    return new Imported(trace, tool, skipped, firstSkipped);
  }

  private static DiverException nothing(String source, String why) {
    return new Failure(
            Failure.Kind.INVALID,
            source + " has no system calls that can be read: " + why,
            "Give what `strace -c -w -f`, `strace -f -T -ttt` or `perf trace -s` wrote.")
        .exception();
  }

  private static DiverException centuries(String source, ArithmeticException cause) {
    return new Failure(
            Failure.Kind.INVALID,
            source + " has times that add up to centuries: no 64 bits hold them in nanoseconds.",
            "Give what `strace -c -w -f`, `strace -f -T -ttt` or `perf trace -s` wrote, unchanged.")
        .exception(cause);
  }

  private static DiverException noTime(String source) {
    return new Failure(
            Failure.Kind.INVALID,
            source + " does not say how long the program ran.",
            "Say it with --wall, as in --wall 12.3s, or log with time stamps: strace -f -T -ttt.")
        .exception();
  }
}
