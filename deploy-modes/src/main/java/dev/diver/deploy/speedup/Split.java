package dev.diver.deploy.speedup;

import dev.diver.deploy.trace.SyscallUse;
import dev.diver.deploy.trace.Trace;
import dev.diver.kernels.failure.Failure;
import java.time.Duration;
import java.util.Map;
import java.util.Set;

/**
 * A run whose system calls are split into forwarded and local ones, and the refined model of it
 * (section 3.2). The sums over all system calls are made once, here; each speedup after that costs
 * the same, however many calls the trace has.
 *
 * <p>A call's waiting time at a busy delegate (section 6) is added to its round trip: W·n(s) and
 * 2·f_c·n(s) are alike.
 *
 * @param computationNanos C: time outside of system calls
 * @param serviceNanos Σ g(s): what all system calls take on Linux
 * @param remoteServiceNanos Σ b(s)·g(s): what the forwarded ones take there
 * @param localServiceNanos Σ (1 − b(s))·g'(s): what the others take on the specialized OS (equation
 *     7)
 * @param forwardedCalls Σ b(s)·n(s): how many calls are forwarded
 */
public record Split(
    double computationNanos,
    double serviceNanos,
    double remoteServiceNanos,
    double localServiceNanos,
    long forwardedCalls) {

  public Split {
    Parameter.notNegative("computation C", computationNanos);
    Parameter.notNegative("service time Σ g", serviceNanos);
    Parameter.notNegative("service time of forwarded calls", remoteServiceNanos);
    Parameter.notNegative("service time of local calls", localServiceNanos);
    Parameter.notNegative("number of forwarded calls", (double) forwardedCalls);
    Parameter.positive("run time", computationNanos + serviceNanos);
  }

  /** The same with g' = g, as the paper assumes: a local call takes as long as on Linux. */
  public static Split of(Trace trace, Set<String> forwarded) {
    return of(trace, forwarded, Map.of());
  }

  /**
   * Splits the run.
   *
   * @param forwarded names of the system calls with b(s) = 1 (equation 6); others than the trace's
   *     do not matter
   * @param localNanos what one call takes on the specialized OS, g'(s)/n(s), by name, for those
   *     where that is known; g' = g for the others
   * @throws dev.diver.kernels.failure.DiverException INVALID where the trace has no system call
   */
  public static Split of(Trace trace, Set<String> forwarded, Map<String, Double> localNanos) {
    checkNotEmpty(trace);
    // in whole nanoseconds, which add up without rounding
    Duration remote = Duration.ZERO;
    Duration unmeasured = Duration.ZERO;
    double measured = 0;
    long calls = 0;
    for (SyscallUse use : trace.syscalls()) {
      Double local = localNanos.get(use.name());
      if (forwarded.contains(use.name())) {
        remote = remote.plus(use.service());
        calls += use.calls();
      } else if (local == null) {
        unmeasured = unmeasured.plus(use.service());
      } else {
        measured += use.calls() * Parameter.notNegative("local time of " + use.name(), local);
      }
    }
    return new Split(
        Parameter.nanos(trace.computation()),
        Parameter.nanos(trace.service()),
        Parameter.nanos(remote),
        Parameter.nanos(unmeasured) + measured,
        calls);
  }

  static void checkNotEmpty(Trace trace) {
    if (trace.syscalls().isEmpty()) {
      throw new Failure(
              Failure.Kind.INVALID,
              "The trace is empty: it has no system call.",
              "Record one with diver trace; every program makes some system calls.")
          .exception();
    }
  }

  /** t_nd = C + Σ g(s), the run on Linux (equation 4). */
  public double nativeNanos() {
    return computationNanos + serviceNanos;
  }

  /** p of the naïve model: the part of the run on Linux that system calls take, 0 to 1. */
  public double systemShare() {
    return serviceNanos / nativeNanos();
  }

  /** S_n (equation 3). */
  public double naiveSpeedup(double gain) {
    return NaiveModel.speedup(systemShare(), gain);
  }

  /**
   * Σ b(s)·f(s) = 2·f_c·Σ b(s)·n(s) (equation 5): the time that is lost to forwarding.
   *
   * @param roundTripNanos 2·f_c, 0 or more
   */
  public double forwardingNanos(double roundTripNanos) {
    return Parameter.notNegative("round trip 2·f_c", roundTripNanos) * forwardedCalls;
  }

  /**
   * t_d = C/γ + t_remote + t_local (equations 8 and 9): the run on the specialized OS.
   *
   * @param gain γ, more than 0
   * @param roundTripNanos 2·f_c, 0 or more
   */
  public double delegatedNanos(double gain, double roundTripNanos) {
    return computationNanos / Parameter.positive("gain γ", gain) + callNanos(roundTripNanos);
  }

  /** t_remote + t_local: what no gain makes shorter. */
  private double callNanos(double roundTripNanos) {
    return remoteServiceNanos + localServiceNanos + forwardingNanos(roundTripNanos);
  }

  /**
   * S_r = t_nd / t_d (equations 10 and 11).
   *
   * @param gain γ, more than 0
   * @param roundTripNanos 2·f_c, 0 or more
   */
  public double speedup(double gain, double roundTripNanos) {
    return nativeNanos() / delegatedNanos(gain, roundTripNanos);
  }

  /** What S_r tends to as γ → ∞; infinite where the system calls take no time at all. */
  public double limit(double roundTripNanos) {
    return nativeNanos() / callNanos(roundTripNanos);
  }

  /**
   * The gain γ from which on the speedup is at least {@code wanted}: equation 11 solved for γ,
   *
   * <p>γ = C / (t_nd/S − t_remote − t_local)
   *
   * <p>NEVER where calls and forwarding alone take too long for that speedup.
   *
   * @param wanted speedup S, more than 0; 1 for the point where nothing is won and nothing lost
   * @param roundTripNanos 2·f_c, 0 or more
   */
  public BreakEven gainFor(double wanted, double roundTripNanos) {
    double left =
        nativeNanos() / Parameter.positive("speedup S", wanted) - callNanos(roundTripNanos);
    if (computationNanos == 0) {
      return left >= 0 ? new BreakEven.Always() : new BreakEven.Never();
    }
    return left > 0 ? new BreakEven.At(computationNanos / left) : new BreakEven.Never();
  }

  /**
   * The round trip 2·f_c in nanoseconds up to which the speedup is at least {@code wanted}:
   *
   * <p>2·f_c = (t_nd/S − C/γ − Σ b·g − Σ (1 − b)·g') / Σ b·n
   *
   * <p>ALWAYS where nothing is forwarded and the speedup is reached, NEVER where it is not reached
   * even if forwarding costs nothing.
   *
   * @param wanted speedup S, more than 0
   * @param gain γ, more than 0
   */
  public BreakEven roundTripFor(double wanted, double gain) {
    double left = nativeNanos() / Parameter.positive("speedup S", wanted) - delegatedNanos(gain, 0);
    if (left < 0) {
      return new BreakEven.Never();
    }
    return forwardedCalls == 0 ? new BreakEven.Always() : new BreakEven.At(left / forwardedCalls);
  }

  /**
   * How many calls may be forwarded, in all, while the speedup is at least {@code wanted}:
   *
   * <p>Σ b·n = (t_nd/S − C/γ − Σ b·g − Σ (1 − b)·g') / 2·f_c
   *
   * <p>Exact where g' = g, since it then does not matter which calls these are. ALWAYS where a
   * round trip costs nothing, NEVER where the speedup is not reached with nothing forwarded.
   *
   * @param wanted speedup S, more than 0
   * @param gain γ, more than 0
   * @param roundTripNanos 2·f_c, 0 or more
   */
  public BreakEven callsFor(double wanted, double gain, double roundTripNanos) {
    double left = nativeNanos() / Parameter.positive("speedup S", wanted) - delegatedNanos(gain, 0);
    if (left < 0) {
      return new BreakEven.Never();
    }
    return Parameter.notNegative("round trip 2·f_c", roundTripNanos) == 0
        ? new BreakEven.Always()
        : new BreakEven.At(left / roundTripNanos);
  }
}
