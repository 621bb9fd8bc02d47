package dev.diver.deploy.delegation;

import java.util.stream.IntStream;
import org.apache.commons.statistics.descriptive.Median;

/**
 * A straight line that fits points of which some are far off.
 *
 * @param slope in y for each x
 * @param intercept y where x is 0
 */
public record Line(double slope, double intercept) {

  /**
   * The Theil-Sen line: the median slope of all pairs of points, and the median intercept (Sen, J.
   * American Statistical Association 63, 1968). Up to 29 % of the points may be arbitrarily wrong.
   *
   * @param x at least two different values
   * @param y as many
   */
  static Line through(double[] x, double[] y) {
    double slope =
        median(
            IntStream.range(0, x.length)
                .boxed()
                .flatMapToDouble(
                    i ->
                        IntStream.range(i + 1, x.length)
                            .filter(j -> x[j] != x[i])
                            .mapToDouble(j -> (y[j] - y[i]) / (x[j] - x[i])))
                .toArray());
    double intercept =
        median(IntStream.range(0, x.length).mapToDouble(i -> y[i] - slope * x[i]).toArray());
    return new Line(slope, intercept);
  }

  private static double median(double[] values) {
    return Median.withDefaults().evaluate(values);
  }
}
