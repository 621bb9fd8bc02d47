package dev.diver.deploy.trace;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** All uses of one system call in one run; times in ns. */
final class UseSum {
  /** As many as a time in ns has bits. */
  private final long[] histogram = new long[Long.SIZE];

  private long calls;
  private long service;
  private long least = Long.MAX_VALUE;
  private long most;

  /**
   * Adds calls.
   *
   * @param buckets how many took 2^i ns or more, and less than twice that
   */
  void add(long count, long sum, long minimum, long maximum, List<Long> buckets) {
    calls += count;
    service += sum;
    least = Math.min(least, minimum);
    most = Math.max(most, maximum);
    for (int i = 0; i < Math.min(histogram.length, buckets.size()); i++) {
      histogram[i] += buckets.get(i);
    }
  }

  SyscallUse use(String name) {
    SyscallUse.Spread spread =
        new SyscallUse.Spread(
            Duration.ofNanos(least),
            quantile(0.5),
            quantile(0.9),
            quantile(0.99),
            Duration.ofNanos(most));
    return new SyscallUse(name, calls, Duration.ofNanos(service), Optional.of(spread));
  }

  /** The bucket i holds times from 2^i on; within it, times are taken to lie evenly. */
  private Duration quantile(double share) {
    double wanted = share * calls;
    long before = 0;
    for (int i = 0; i < histogram.length; i++) {
      if (histogram[i] > 0 && before + histogram[i] >= wanted) {
        double start = i == 0 ? 0 : Math.scalb(1.0, i);
        double width = Math.scalb(1.0, i + 1) - start;
        double nanos = start + width * (wanted - before) / histogram[i];
        return Duration.ofNanos(Math.clamp(Math.round(nanos), least, most));
      }
      before += histogram[i];
    }
    return Duration.ofNanos(most);
  }
}
