package dev.diver.deploy.validation;

import dev.diver.deploy.speedup.Accuracy;
import dev.diver.deploy.speedup.BreakEven;
import dev.diver.deploy.speedup.Split;
import dev.diver.deploy.trace.Trace;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.commons.statistics.descriptive.Median;

/**
 * One benchmark, measured and predicted.
 *
 * @param benchmark that ran
 * @param trace of its native run, on its critical path
 * @param forwarded calls of it that the mode forwards
 * @param localNanos what one call takes in the mode where it is not forwarded, where that is known
 * @param roundTripNanos of forwarding one: 2·f_c
 * @param natively times without the mode, in the order of the runs
 * @param inMode times in the mode; each came after the native one at the same place
 */
public record Measurement(
    Benchmark benchmark,
    Trace trace,
    Set<String> forwarded,
    Map<String, Double> localNanos,
    double roundTripNanos,
    List<Duration> natively,
    List<Duration> inMode) {

  public Measurement {
    forwarded = Set.copyOf(forwarded);
    localNanos = Map.copyOf(localNanos);
    natively = List.copyOf(natively);
    inMode = List.copyOf(inMode);
    if (natively.isEmpty() || natively.size() != inMode.size()) {
      throw new IllegalArgumentException(natively.size() + " and " + inMode.size() + " runs");
    }
  }

  /** The measured speedup: the median of native time over time in the mode, run by run. */
  public double speedup() {
    return median(
        IntStream.range(0, natively.size())
            .mapToDouble(i -> (double) natively.get(i).toNanos() / inMode.get(i).toNanos())
            .toArray());
  }

  /** The median of the native times, in seconds. */
  public double nativeSeconds() {
    return seconds(natively);
  }

  /** The median of the times in the mode, in seconds. */
  public double modeSeconds() {
    return seconds(inMode);
  }

  /** How many calls the mode forwards. */
  public long forwardedCalls() {
    return split().forwardedCalls();
  }

  /** p of the naïve model: the part of the native run that system calls take, 0 to 1. */
  public double systemShare() {
    return split().systemShare();
  }

  /** What the naïve model predicts where the mode's gain is this (equation 3). */
  public double naive(double gain) {
    return split().naiveSpeedup(gain * benchmark.gain());
  }

  /** What the refined model predicts where the mode's gain is this (equation 11). */
  public double refined(double gain) {
    return split().speedup(gain * benchmark.gain(), roundTripNanos);
  }

  /**
   * The mode's gain with which the refined model predicts what was measured; empty where none does,
   * since forwarding alone takes longer than the run did.
   */
  public OptionalDouble solvedGain() {
    return split().gainFor(speedup(), roundTripNanos) instanceof BreakEven.At(double gain)
        ? OptionalDouble.of(gain / benchmark.gain())
        : OptionalDouble.empty();
  }

  private Split split() {
    return Split.of(trace, forwarded, localNanos);
  }

  /** 100 less the absolute error of this prediction, in percent of what was measured. */
  public double accuracy(double predicted) {
    return Accuracy.percent(predicted, speedup());
  }

  private static double seconds(List<Duration> times) {
    return median(times.stream().mapToDouble(Duration::toNanos).toArray()) / 1e9;
  }

  private static double median(double[] values) {
    return Median.withDefaults().evaluate(values);
  }
}
