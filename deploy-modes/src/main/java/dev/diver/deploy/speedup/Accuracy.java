package dev.diver.deploy.speedup;

import dev.diver.kernels.failure.Failure;
import java.util.List;

/** How near projections come to what was measured (section 5.3). */
public final class Accuracy {
  private Accuracy() {}

  /** 100 − |projected − measured| / measured · 100, in percent; 100 is exact. */
  public static double percent(double projected, double measured) {
    return percent(List.of(projected), List.of(measured));
  }

  /**
   * 100 − MAPE, in percent: the mean absolute percentage error of the projections relative to what
   * was measured.
   *
   * @param projected speedups, at least one
   * @param measured as many, in the same order; each more than 0
   */
  public static double percent(List<Double> projected, List<Double> measured) {
    if (projected.isEmpty() || projected.size() != measured.size()) {
      throw new Failure(
              Failure.Kind.INVALID,
              projected.size()
                  + " projections cannot be compared with "
                  + measured.size()
                  + " measurements.",
              "Give one of each for every benchmark.")
          .exception();
    }
    double errors = 0;
    for (int i = 0; i < projected.size(); i++) {
      double truth = Parameter.positive("measured speedup", measured.get(i));
      errors += Math.abs(Parameter.positive("projected speedup", projected.get(i)) - truth) / truth;
    }
    return 100 - 100 * errors / projected.size();
  }
}
