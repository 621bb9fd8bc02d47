package dev.diver.deploy.speedup;

import java.util.function.DoubleSupplier;
import org.apache.commons.rng.UniformRandomProvider;
import org.apache.commons.rng.sampling.distribution.ZigguratSampler;
import org.apache.commons.statistics.distribution.ParetoDistribution;

/** How the times spread that delegates need for calls; all with the same mean. */
public enum ServiceTimes {
  /** What M/M/c assumes: memoryless. */
  EXPONENTIAL(1) {
    @Override
    DoubleSupplier sampler(UniformRandomProvider random) {
      return ZigguratSampler.Exponential.of(random)::sample;
    }
  },

  /** Always the same. */
  DETERMINISTIC(0) {
    @Override
    DoubleSupplier sampler(UniformRandomProvider random) {
      return () -> 1;
    }
  },

  /**
   * Heavy-tailed: a Pareto distribution of shape α = 1.5 that is cut off at H = 1000 times its
   * least value L, so that it has a variance. Half of the calls take less than 0.55 times the mean,
   * and one in 6,000 takes more than a hundred times the mean.
   */
  PARETO(Cut.SQUARED_VARIATION) {
    @Override
    DoubleSupplier sampler(UniformRandomProvider random) {
      ParetoDistribution whole = ParetoDistribution.of(1 / Cut.MEAN, Cut.SHAPE);
      double kept = whole.cumulativeProbability(Cut.MOST / Cut.MEAN);
      return () -> whole.inverseCumulativeProbability(kept * random.nextDouble());
    }
  };

  /**
   * The moments of a Pareto distribution between L = 1 and H: E[X^k] = α/(k − α)·(H^(k−α) − 1)/(1 −
   * H^(−α)).
   */
  private static final class Cut {
    static final double SHAPE = 1.5;
    static final double MOST = 1000;
    static final double MEAN = moment(1);
    static final double SQUARED_VARIATION = moment(2) / (MEAN * MEAN) - 1;

    private static double moment(int k) {
      return SHAPE / (k - SHAPE) * (Math.pow(MOST, k - SHAPE) - 1) / (1 - Math.pow(MOST, -SHAPE));
    }
  }

  private final double squaredVariation;

  ServiceTimes(double squaredVariation) {
    this.squaredVariation = squaredVariation;
  }

  /** Variance over the square of the mean: 1 for exponential times. */
  public double squaredVariation() {
    return squaredVariation;
  }

  /** Draws times whose mean is 1. */
  abstract DoubleSupplier sampler(UniformRandomProvider random);
}
