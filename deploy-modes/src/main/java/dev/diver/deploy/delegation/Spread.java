package dev.diver.deploy.delegation;

import org.apache.commons.statistics.descriptive.Quantile;

/**
 * How times spread over many trials, in nanoseconds.
 *
 * @param minimum the least
 * @param median half of the trials took no longer
 * @param p99 99 % of the trials took no longer
 */
public record Spread(double minimum, double median, double p99) {

  /** Definition 7 of Hyndman and Fan (1996): linear between the two nearest trials. */
  private static final Quantile QUANTILE =
      Quantile.withDefaults().with(Quantile.EstimationMethod.HF7);

  /** The spread of these times; at least one. */
  static Spread of(double[] nanos) {
    double[] found = QUANTILE.evaluate(nanos, 0, 0.5, 0.99);
    return new Spread(found[0], found[1], found[2]);
  }

  /**
   * What remains of these times when the call's own is subtracted: the least less the least, the
   * median less the median (Tauro, Liu and Hale, section 5.3). The tail of the one has nothing to
   * do with the tail of the other, so that the 99th percentile loses the median. Never below 0,
   * which an interrupted measurement of the service could bring about.
   */
  Spread less(Spread service) {
    return new Spread(
        Math.max(0, minimum - service.minimum),
        Math.max(0, median - service.median),
        Math.max(0, p99 - service.median));
  }
}
