package dev.diver.deploy.validation;

import dev.diver.deploy.trace.Trace;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;

/** Where benchmarks are run, natively and in a mode. */
public interface Testbed {

  /** The mode's name. */
  String mode();

  /** What one forwarded call costs in the mode, there and back, in nanoseconds: 2·f_c. */
  double roundTripNanos();

  /** The calls of this trace that the mode forwards. */
  Set<String> forwarded(Trace trace);

  /** What one call takes in the mode where it is not forwarded, by name, where that is known. */
  Map<String, Double> localNanos(Trace trace);

  /** Whether programs of the mode can start other programs. */
  boolean runsChildren();

  /**
   * Runs the benchmark in the folder, without the mode, and says how long it took.
   *
   * @throws dev.diver.kernels.failure.DiverException FAILED where it does not end with status 0
   */
  Duration natively(Benchmark benchmark, Path folder) throws InterruptedException;

  /**
   * The same, in the mode.
   *
   * @param forwarded calls, where the mode lets one choose; else those that the mode forwards
   */
  Duration inMode(Benchmark benchmark, Path folder, Set<String> forwarded)
      throws InterruptedException;

  /** Runs it natively once more and records its system calls. */
  Trace trace(Benchmark benchmark, Path folder) throws InterruptedException;
}
