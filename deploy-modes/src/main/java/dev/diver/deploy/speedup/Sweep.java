package dev.diver.deploy.speedup;

import dev.diver.deploy.trace.Trace;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleFunction;
import java.util.stream.IntStream;

/**
 * The refined speedup of one run while one or two parameters change (figures 4 to 9).
 *
 * @param trace the run
 * @param forwarding what is forwarded, for a share of the distinct system calls; the same for each
 *     share where the share does not matter
 * @param localNanos as in {@link Split#of(Trace, java.util.Set, Map)}
 * @param gain γ, where it does not change
 * @param roundTripNanos 2·f_c, where it does not change
 * @param share of the distinct system calls that is forwarded, where it does not change
 */
public record Sweep(
    Trace trace,
    DoubleFunction<Forwarding> forwarding,
    Map<String, Double> localNanos,
    double gain,
    double roundTripNanos,
    double share) {

  /** What changes. */
  public enum Over {
    /** γ. */
    GAIN,
    /** 2·f_c, in nanoseconds. */
    ROUND_TRIP,
    /** The share of the distinct system calls that is forwarded, 0 to 1. */
    SHARE
  }

  /**
   * Numbers from one to another, equally far apart, or in equal ratios.
   *
   * @param count at least 2
   */
  public static List<Double> values(double from, double to, boolean inRatios, int count) {
    Parameter.atLeast(2, "number of values", count);
    Parameter.notNegative("start of the sweep", from);
    Parameter.positive("length of the sweep", to - from);
    if (inRatios) {
      Parameter.positive("start of the sweep", from);
    }
    int last = count - 1;
    return IntStream.rangeClosed(0, last)
        .mapToObj(
            i ->
                i == last
                    ? Double.valueOf(to)
                    : Double.valueOf(
                        inRatios
                            ? from * Math.pow(to / from, (double) i / last)
                            : from + (to - from) * i / last))
        .toList();
  }

  /** The speedup at each of these values. */
  public List<Double> line(Over over, List<Double> values) {
    Split fixed = split(share);
    return values.stream()
        .map(value -> at(over, value).speedup(over == Over.SHARE ? split(value) : fixed))
        .toList();
  }

  /** For each of {@code ys}, the speedup at each of {@code xs}. */
  public List<List<Double>> surface(Over x, List<Double> xs, Over y, List<Double> ys) {
    if (x == Over.SHARE) { // a share's split is made once, for the whole column
      List<Split> splits = xs.stream().map(this::split).toList();
      return ys.stream()
          .map(
              value ->
                  IntStream.range(0, xs.size())
                      .mapToObj(i -> at(y, value).speedup(splits.get(i)))
                      .toList())
          .toList();
    }
    return ys.stream().map(value -> at(y, value).line(x, xs)).toList();
  }

  /**
   * Where the speedup reaches {@code wanted}, as the value of one parameter, computed exactly.
   *
   * @param over GAIN or ROUND_TRIP; for a share, {@link BreakEven#share}
   */
  public BreakEven breakEven(Over over, double wanted) {
    return switch (over) {
      case GAIN -> split(share).gainFor(wanted, roundTripNanos);
      case ROUND_TRIP -> split(share).roundTripFor(wanted, gain);
      case SHARE -> throw new IllegalArgumentException("a share depends on an order");
    };
  }

  /** This with another value of a parameter. */
  public Sweep at(Over over, double value) {
    return switch (over) {
      case GAIN -> new Sweep(trace, forwarding, localNanos, value, roundTripNanos, share);
      case ROUND_TRIP -> new Sweep(trace, forwarding, localNanos, gain, value, share);
      case SHARE -> new Sweep(trace, forwarding, localNanos, gain, roundTripNanos, value);
    };
  }

  private Split split(double atShare) {
    return Split.of(trace, forwarding.apply(atShare).of(trace), localNanos);
  }

  private double speedup(Split split) {
    return split.speedup(gain, roundTripNanos);
  }
}
