package dev.diver.deploy.trace;

import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.HdrHistogram.Histogram;

/** Adds up what single calls, or tables of calls, took. */
final class Tally {

  /** Percentiles are kept to 1 %. */
  private static final int DIGITS = 2;

  private static final class Sum {
    private long calls;
    private long nanos;
    private long least = Long.MAX_VALUE;
    private long most;
    private final Histogram times = new Histogram(DIGITS);
  }

  private final Map<String, Sum> sums = new HashMap<>();

  /** One call. */
  void add(String name, long nanos) {
    Sum sum = sums.computeIfAbsent(name, any -> new Sum());
    sum.calls++;
    sum.nanos = Math.addExact(sum.nanos, nanos);
    sum.least = Math.min(sum.least, nanos);
    sum.most = Math.max(sum.most, nanos);
    sum.times.recordValue(nanos);
  }

  /** Several calls of which only the sum is known. */
  void add(String name, long calls, long nanos) {
    Sum sum = sums.computeIfAbsent(name, any -> new Sum());
    sum.calls = Math.addExact(sum.calls, calls);
    sum.nanos = Math.addExact(sum.nanos, nanos);
  }

  boolean isEmpty() {
    return sums.isEmpty();
  }

  /** In descending order of service. */
  List<SyscallUse> uses() {
    return sums.entrySet().stream()
        .map(entry -> use(entry.getKey(), entry.getValue()))
        .sorted(
            Comparator.comparing(SyscallUse::service).reversed().thenComparing(SyscallUse::name))
        .toList();
  }

  private static SyscallUse use(String name, Sum sum) {
    return new SyscallUse(
        name,
        sum.calls,
        Duration.ofNanos(sum.nanos),
        sum.times.getTotalCount() == sum.calls ? Optional.of(spread(sum)) : Optional.empty());
  }

  private static SyscallUse.Spread spread(Sum sum) {
    return new SyscallUse.Spread(
        Duration.ofNanos(sum.least),
        percentile(sum, 50),
        percentile(sum, 90),
        percentile(sum, 99),
        Duration.ofNanos(sum.most));
  }

  /** A bucket may reach beyond the least and the greatest value. */
  private static Duration percentile(Sum sum, double percent) {
    long nanos = sum.times.getValueAtPercentile(percent);
    return Duration.ofNanos(Math.clamp(nanos, sum.least, sum.most));
  }
}
