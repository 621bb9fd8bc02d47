package dev.diver.deploy.speedup;

import dev.diver.kernels.failure.Failure;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Collection;
import org.apache.commons.statistics.descriptive.Median;

/** γ, found from what was measured (section 5.3, table 4). */
public final class Gain {

  /**
   * The gain with which the paper estimates where nothing was measured: the least that others have
   * seen (section 5.3).
   */
  public static final double ESTIMATED = 1.04;

  private Gain() {}

  /**
   * The gain with which the refined model gives exactly the measured speedup.
   *
   * @param split the run, and which of its calls were forwarded
   * @param roundTripNanos 2·f_c, 0 or more
   * @param measuredSpeedup time on Linux over time on the specialized OS, more than 0
   * @throws dev.diver.kernels.failure.DiverException INVALID where no gain does: system calls and
   *     forwarding alone take longer than the speedup leaves time for, or nothing is computed
   */
  public static double solve(Split split, double roundTripNanos, double measuredSpeedup) {
    if (split.gainFor(measuredSpeedup, roundTripNanos) instanceof BreakEven.At(double gain)) {
      return gain;
    }
    throw new Failure(
            Failure.Kind.INVALID,
            split.computationNanos() == 0
                ? "No gain can be found: the run did not compute."
                : "No gain explains a measured speedup of "
                    + measuredSpeedup
                    + ": system calls and forwarding alone keep it under "
                    + new BigDecimal(split.limit(roundTripNanos)).round(new MathContext(4))
                    + ".",
            "Check the measurement, the round trip, and which calls are forwarded.")
        .exception();
  }

  /**
   * The gain that stands for a set of benchmarks: the median of theirs.
   *
   * @param gains at least one
   */
  public static double median(Collection<Double> gains) {
    Parameter.atLeast(1, "number of gains", gains.size());
    return Median.withDefaults()
        .evaluate(gains.stream().mapToDouble(gain -> Parameter.positive("gain γ", gain)).toArray());
  }
}
