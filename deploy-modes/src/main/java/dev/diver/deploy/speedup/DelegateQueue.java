package dev.diver.deploy.speedup;

import dev.diver.kernels.failure.Failure;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Collection;

/**
 * Forwarded calls that wait for a delegate: M/M/c (section 6; M/M/1 for one delegate). Calls come
 * at random from delegators that know nothing of each other (Poisson), are served for exponential
 * times, in the order in which they came. Only a stable queue can be made: λ < c·μ.
 *
 * <p>What the model leaves out, the locks that concurrent calls share first of all, makes it
 * optimistic (section 6). {@link QueueSimulation} shows what other service times come to.
 *
 * @param arrivalsPerSecond λ_total, 0 or more
 * @param servicesPerSecond μ, what one delegate can serve; more than 0
 * @param delegates c, 1 or more
 */
public record DelegateQueue(double arrivalsPerSecond, double servicesPerSecond, int delegates) {

  private static final double NANOS = 1e9;

  public DelegateQueue {
    Parameter.notNegative("arrival rate λ", arrivalsPerSecond);
    Parameter.positive("service rate μ", servicesPerSecond);
    Parameter.atLeast(1, "number of delegates c", delegates);
    checkStable(arrivalsPerSecond, servicesPerSecond, delegates);
  }

  /**
   * λ_total = Σ λ_k, what all delegators forward together (equation 12).
   *
   * @param perSecond λ_k of each delegator, 0 or more
   */
  public static double totalArrivals(Collection<Double> perSecond) {
    return perSecond.stream()
        .mapToDouble(rate -> Parameter.notNegative("arrival rate λ_k", rate))
        .sum();
  }

  /** The fewest delegates with which the queue is stable: the least c with λ < c·μ. */
  public static long fewestDelegates(double arrivalsPerSecond, double servicesPerSecond) {
    return 1 + (long) Math.floor(arrivalsPerSecond / servicesPerSecond);
  }

  /** ρ = λ/(c·μ): which part of their time the delegates serve, 0 up to but without 1. */
  public double utilization() {
    return offeredLoad() / delegates;
  }

  /** a = λ/μ, in Erlang: how many delegates serve at a time, in the mean. */
  private double offeredLoad() {
    return arrivalsPerSecond / servicesPerSecond;
  }

  /**
   * The probability that a call finds all delegates busy: Erlang's C (Kleinrock, "Queueing
   * Systems", volume 1, equation 3.40). For one delegate it is ρ.
   *
   * <p>From the reciprocal of Erlang's B by its recursion, 1/B_k = 1 + k/(a·B_(k−1)), in which
   * nothing is subtracted and no factorial can overflow.
   */
  public double waitingProbability() {
    double blocked = 1; // 1/B
    for (int k = 1; k <= delegates; k++) {
      blocked = 1 + k / offeredLoad() * blocked;
    }
    return 1 / (1 + idle() / (delegates * servicesPerSecond) * (blocked - 1));
  }

  /**
   * W, how long a call waits in the mean before it is served, in nanoseconds:
   *
   * <p>W = C/(c·μ − λ), and for one delegate 1/(μ − λ) − 1/μ = ρ/(μ − λ) (equation 13)
   */
  public double waitingNanos() {
    return NANOS * waitingProbability() / idle();
  }

  /** c·μ − λ, what could be served besides, for each second. */
  private double idle() {
    return delegates * servicesPerSecond - arrivalsPerSecond;
  }

  /** 1/μ, in nanoseconds. */
  public double serviceNanos() {
    return NANOS / servicesPerSecond;
  }

  /** How many calls wait, in the mean: λ·W (Little's law). */
  public double waitingCalls() {
    return arrivalsPerSecond * waitingNanos() / NANOS;
  }

  /** Refuses a queue that calls enter faster than they can leave it. */
  static void checkStable(double arrivals, double services, int delegates) {
    if (arrivals < delegates * services) {
      return;
    }
    throw new Failure(
            Failure.Kind.INVALID,
            "The queue is unstable: "
                + digits(arrivals)
                + " calls come each second (λ), and "
                + (delegates == 1 ? "one delegate" : delegates + " delegates")
                + " can serve "
                + digits(delegates * services)
                + " (c·μ), so that it grows without end.",
            "Use at least "
                + fewestDelegates(arrivals, services)
                + " delegates, or forward fewer calls.")
        .exception();
  }

  private static String digits(double value) {
    return new BigDecimal(value).round(new MathContext(4)).toPlainString();
  }
}
