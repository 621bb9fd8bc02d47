package dev.diver.deploy.speedup;

import dev.diver.deploy.trace.Trace;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Where a speedup is reached, as a value of one parameter while the others stay. */
public sealed interface BreakEven {

  /** Exactly there. */
  record At(double value) implements BreakEven {}

  /** Whatever the parameter's value is. */
  record Always() implements BreakEven {}

  /** Whatever the parameter's value is, it is not. */
  record Never() implements BreakEven {}

  /**
   * The share of a program's distinct system calls that can be forwarded in this order, one after
   * the other, before the speedup falls under {@code wanted}. It is k/|S| for a whole k, since a
   * system call is forwarded or not: {@link Forwarding.Share} with it forwards those k.
   *
   * @param wanted speedup S, more than 0
   * @param gain γ, more than 0
   * @param roundTripNanos 2·f_c, 0 or more
   * @return ALWAYS where all can be forwarded, NEVER where the speedup is not reached with none
   */
  static BreakEven share(
      Trace trace, Order order, double wanted, double gain, double roundTripNanos) {
    return share(trace, order, Map.of(), wanted, gain, roundTripNanos);
  }

  /**
   * The same where local times are known.
   *
   * @param localNanos as in {@link Split#of(Trace, Set, Map)}
   */
  static BreakEven share(
      Trace trace,
      Order order,
      Map<String, Double> localNanos,
      double wanted,
      double gain,
      double roundTripNanos) {
    Parameter.positive("speedup S", wanted);
    List<String> names = order.of(trace);
    Set<String> forwarded = new HashSet<>();
    int reached = -1; // with so many forwarded
    while (Split.of(trace, forwarded, localNanos).speedup(gain, roundTripNanos) >= wanted) {
      reached = forwarded.size();
      if (reached == names.size()) {
        return new Always();
      }
      forwarded.add(names.get(reached));
    }
    return reached < 0 ? new Never() : new At((double) reached / names.size());
  }
}
