package dev.diver.deploy.speedup;

import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.DoubleSupplier;
import org.apache.commons.rng.UniformRandomProvider;
import org.apache.commons.rng.sampling.distribution.ZigguratSampler;
import org.apache.commons.rng.simple.RandomSource;
import org.apache.commons.statistics.descriptive.DoubleStatistics;
import org.apache.commons.statistics.descriptive.Statistic;
import org.apache.commons.statistics.distribution.TDistribution;

/**
 * A discrete-event simulation of delegators that forward calls to delegates, call by call. It
 * agrees with {@link DelegateQueue} where that holds (exponential service, delegators that do not
 * wait), and shows what comes of it elsewhere.
 *
 * <p>The first tenth of the calls, in which the queue fills, is not counted. The others are cut
 * into 30 batches, whose means are nearly independent, though one call's waiting time is not
 * independent of the last one's (Law, "Simulation Modeling and Analysis", section 9.5.3).
 *
 * @param perSecond λ_k of each delegator, more than 0; where delegators wait for their answers, the
 *     rate between an answer and the next call
 * @param servicesPerSecond μ, what one delegate can serve; more than 0
 * @param delegates c, 1 or more
 * @param delegator what it does after a call
 * @param service how long delegates need
 */
public record QueueSimulation(
    List<Double> perSecond,
    double servicesPerSecond,
    int delegates,
    Delegator delegator,
    ServiceTimes service) {

  /** Into how many batches the counted calls are cut. */
  static final int BATCHES = 30;

  /** The fewest calls that can be simulated: a thousand for each batch. */
  public static final int FEWEST_CALLS = 1000 * BATCHES;

  /** How certain the interval is: the true mean is in it in 95 of 100 simulations. */
  public static final double CONFIDENCE = 0.95;

  /** What a delegator does after it has forwarded a call. */
  public enum Delegator {
    /** Goes on, and may forward more: calls come at the same rate however long others wait. */
    GOES_ON,
    /** Waits for the answer, as a thread does: it has one call under way at most. */
    WAITS
  }

  /**
   * What came of it.
   *
   * @param waitingNanos the mean time from a call's arrival until a delegate takes it up
   * @param marginNanos half of the interval of 95 % confidence around it
   */
  public record Result(double waitingNanos, double marginNanos) {}

  /** A delegator's next call. */
  private record Arrival(double seconds, int delegator) {}

  public QueueSimulation {
    perSecond = List.copyOf(perSecond);
    Parameter.atLeast(1, "number of delegators n", perSecond.size());
    perSecond.forEach(rate -> Parameter.positive("arrival rate λ_k", rate));
    Parameter.positive("service rate μ", servicesPerSecond);
    Parameter.atLeast(1, "number of delegates c", delegates);
    if (delegator == Delegator.GOES_ON) {
      DelegateQueue.checkStable(
          DelegateQueue.totalArrivals(perSecond), servicesPerSecond, delegates);
    }
  }

  /**
   * Simulates.
   *
   * @param calls how many, at least {@link #FEWEST_CALLS}
   * @param seed the same gives the same result
   */
  public Result run(int calls, long seed) {
    Parameter.atLeast(FEWEST_CALLS, "number of simulated calls", calls);
    UniformRandomProvider random = RandomSource.XO_SHI_RO_256_PP.create(seed);
    DoubleSupplier between = ZigguratSampler.Exponential.of(random)::sample;
    DoubleSupplier served = service.sampler(random);
    PriorityQueue<Arrival> arrivals =
        new PriorityQueue<>(Comparator.comparingDouble(Arrival::seconds));
    for (int i = 0; i < perSecond.size(); i++) {
      arrivals.add(new Arrival(between.getAsDouble() / perSecond.get(i), i));
    }
    // when each delegate is done with its call
    PriorityQueue<Double> done = new PriorityQueue<>(Collections.nCopies(delegates, 0.0));
    Batches batches = new Batches(calls);
    for (int call = 0; call < calls; call++) {
      Arrival arrival = arrivals.remove();
      double start = Math.max(arrival.seconds, done.remove());
      double end = start + served.getAsDouble() / servicesPerSecond;
      done.add(end);
      batches.add(call, start - arrival.seconds);
      double from = delegator == Delegator.WAITS ? end : arrival.seconds;
      double next = from + between.getAsDouble() / perSecond.get(arrival.delegator);
      arrivals.add(new Arrival(next, arrival.delegator));
    }
    return batches.result();
  }

  /** The sums of the waiting times, batch by batch. */
  private static final class Batches {
    private final double[] seconds = new double[BATCHES];
    private final int first;
    private final int size;

    Batches(int calls) {
      size = (calls - calls / 10) / BATCHES;
      first = calls - size * BATCHES;
    }

    void add(int call, double waiting) {
      if (call >= first) {
        seconds[(call - first) / size] += waiting;
      }
    }

    Result result() {
      double[] nanos = Arrays.stream(seconds).map(sum -> 1e9 * sum / size).toArray();
      DoubleStatistics of =
          DoubleStatistics.builder(Statistic.MEAN, Statistic.STANDARD_DEVIATION).build(nanos);
      double t = TDistribution.of(BATCHES - 1).inverseSurvivalProbability((1 - CONFIDENCE) / 2);
      return new Result(
          of.getAsDouble(Statistic.MEAN),
          t * of.getAsDouble(Statistic.STANDARD_DEVIATION) / Math.sqrt(BATCHES));
    }
  }
}
