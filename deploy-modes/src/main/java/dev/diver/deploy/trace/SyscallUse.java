package dev.diver.deploy.trace;

import java.time.Duration;
import java.util.Optional;

/**
 * All invocations of one system call in one run.
 *
 * @param name Linux's
 * @param calls how many, n(s) of the model (Tauro, Liu and Hale, equation 5); at least 1
 * @param service what they took, all together, blocked time included: g(s) (section 3.2)
 * @param spread of the single times, where they were recorded one by one
 */
public record SyscallUse(String name, long calls, Duration service, Optional<Spread> spread) {

  /** Of single service times: the least, the 50th, 90th and 99th percentile, the most. */
  public record Spread(
      Duration minimum, Duration median, Duration p90, Duration p99, Duration maximum) {}

  public SyscallUse {
    if (name.isEmpty() || calls < 1 || service.isNegative()) {
      throw new IllegalArgumentException(name + ": " + calls + " calls, " + service);
    }
  }
}
