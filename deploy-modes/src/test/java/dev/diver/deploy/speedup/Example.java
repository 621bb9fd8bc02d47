package dev.diver.deploy.speedup;

import dev.diver.deploy.trace.SyscallUse;
import dev.diver.deploy.trace.Trace;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** Traces for tests. */
final class Example {

  /**
   * Small enough for a calculator: C = 9000 µs, Σ g = 1000 µs, so t_nd = 10 ms and p = 0.1.
   *
   * <pre>
   * call    n(s)  g(s)
   * write    100  600 µs
   * read      50  300 µs
   * openat     2   60 µs
   * brk       10   40 µs
   * </pre>
   */
  static final Trace TRACE =
      trace(
          9000,
          use("write", 100, 600),
          use("read", 50, 300),
          use("openat", 2, 60),
          use("brk", 10, 40));

  private Example() {}

  static SyscallUse use(String name, long calls, long micros) {
    return new SyscallUse(name, calls, Duration.ofNanos(micros * 1000), Optional.empty());
  }

  static Trace trace(long computationMicros, SyscallUse... uses) {
    return trace(Duration.ofNanos(computationMicros * 1000), List.copyOf(Arrays.asList(uses)));
  }

  static Trace trace(Duration computation, List<SyscallUse> uses) {
    Duration lifetime = uses.stream().map(SyscallUse::service).reduce(computation, Duration::plus);
    return new Trace(
        List.of("example"),
        "test",
        lifetime,
        OptionalInt.of(1),
        lifetime,
        OptionalDouble.empty(),
        uses);
  }
}
