package dev.diver.deploy.delegation;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What forwarding costs in one mode on one machine. All times are in nanoseconds.
 *
 * <p>Costs are <em>round trips</em>: from the app's call to its answer, less the time that the
 * Linux which serves it needs for the same call by itself. A round trip is 2·f_c of the model
 * (Tauro, Liu and Hale, equation 5: f(s) = 2 f_c n(s)); f_c alone is not stored anywhere.
 *
 * @param mode that was measured
 * @param when it was measured
 * @param machine that it was measured on
 * @param calls what was timed: at least getpid
 * @param payloads how the round trip grows with what a call carries
 * @param pingPong median of a cache line's way from one core of the machine to another and back,
 *     for comparing; empty where the machine's Linux has one core
 */
public record DelegationProfile(
    String mode,
    Instant when,
    Machine machine,
    List<CallCost> calls,
    List<Payload> payloads,
    OptionalDouble pingPong) {

  /** The call whose round trip stands for the mode. */
  public static final String ROUND_TRIP_CALL = "getpid";

  /**
   * What was measured on.
   *
   * @param processor the host's, as it calls itself
   * @param processors how many of them the host has
   * @param accelerator what ran the guest's instructions, {@code kvm} or {@code tcg}; {@code none}
   *     where there was no guest
   * @param qemu its version; likewise
   * @param kernel that forwarded
   * @param gpos the Linux in the machine that served; empty where it was the host's
   */
  public record Machine(
      String processor,
      int processors,
      String accelerator,
      String qemu,
      Kernel kernel,
      Optional<Kernel> gpos) {}

  /**
   * A kernel package.
   *
   * @param reference as the user named it
   * @param digest of its manifest
   */
  public record Kernel(String reference, String digest) {}

  /**
   * What one call costs.
   *
   * @param name Linux's, or the papers' where it says what is written to (write to file, write to
   *     console), with underscores
   * @param trials how often it was timed
   * @param roundTrip of forwarding it
   * @param service median time of the call on the Linux that serves it
   * @param total median time of the forwarded call, all in all
   * @param local median time where the kernel serves it itself; empty where it does not
   */
  public record CallCost(
      String name,
      int trials,
      Spread roundTrip,
      double service,
      double total,
      OptionalDouble local) {}

  /**
   * How the round trip of a call grows with its payload.
   *
   * @param call {@code write} or {@code read}, of a file
   * @param roundTrip in ns over bytes: the slope is 0 where nothing is copied
   * @param points what the line goes through
   */
  public record Payload(String call, Line roundTrip, List<Point> points) {
    public Payload {
      points = List.copyOf(points);
    }
  }

  /**
   * One size of a payload.
   *
   * @param bytes its size
   * @param total median time of the forwarded call, all in all
   * @param service median time of the call on the Linux that serves it
   */
  public record Point(long bytes, double total, double service) {}

  public DelegationProfile {
    calls = List.copyOf(calls);
    payloads = List.copyOf(payloads);
    if (calls.stream().noneMatch(call -> call.name().equals(ROUND_TRIP_CALL))) {
      throw new IllegalArgumentException("a profile without " + ROUND_TRIP_CALL);
    }
  }

  /**
   * The mode's round trip, 2·f_c: the median for getpid. That call takes no argument and does next
   * to nothing on the other side, so that what is left is forwarding alone; and the median is what
   * a program that makes many calls meets. The paper takes the least of 1,000 trials, and sees the
   * best predictions with it (figure 13); {@code calls} has that too.
   */
  public double roundTripNanos() {
    return call(ROUND_TRIP_CALL).orElseThrow().roundTrip().median();
  }

  /** The cost of this call, if it was measured. */
  public Optional<CallCost> call(String name) {
    return calls.stream().filter(call -> call.name().equals(name)).findFirst();
  }
}
