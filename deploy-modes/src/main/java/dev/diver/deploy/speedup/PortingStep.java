package dev.diver.deploy.speedup;

import dev.diver.deploy.trace.SyscallUse;
import dev.diver.deploy.trace.Trace;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * One step on the way to a kernel that handles all of a program's system calls itself.
 *
 * @param syscall to handle locally next
 * @param calls how often the program makes it, n(s)
 * @param savedNanos what that saves: n(s)·2·f_c + g(s) − g'(s); negative where the local one is
 *     slower than forwarding it
 * @param speedup S_r with this and all steps before it done
 */
public record PortingStep(String syscall, long calls, double savedNanos, double speedup) {

  /** The same with g' = g. */
  public static List<PortingStep> all(
      Trace trace, Set<String> forwarded, double gain, double roundTripNanos) {
    return all(trace, forwarded, Map.of(), gain, roundTripNanos);
  }

  /**
   * Which forwarded call to handle locally first, second, and so on, so that after every step the
   * speedup is the greatest that so many steps can reach.
   *
   * <p>Taking the call that saves most is exact, not a guess: t_d (equation 9) is a sum with one
   * term for each call, so that porting one saves the same time whatever else was ported, the best
   * k calls are those with the k greatest savings, and S_r = t_nd/t_d grows as t_d shrinks.
   *
   * @param localNanos as in {@link Split#of(Trace, Set, Map)}
   */
  public static List<PortingStep> all(
      Trace trace,
      Set<String> forwarded,
      Map<String, Double> localNanos,
      double gain,
      double roundTripNanos) {
    Split local = Split.of(trace, Set.of(), localNanos);
    Parameter.notNegative("round trip 2·f_c", roundTripNanos);
    List<PortingStep> steps =
        trace.syscalls().stream()
            .filter(use -> forwarded.contains(use.name()))
            .map(use -> step(use, localNanos, roundTripNanos))
            .sorted(
                Comparator.comparingDouble(PortingStep::savedNanos)
                    .reversed()
                    .thenComparing(PortingStep::syscall))
            .collect(Collectors.toCollection(ArrayList::new));
    // From the last step back: adding what each saves keeps the digits that subtracting it from a
    // time that forwarding dominates would lose.
    double nanos = local.delegatedNanos(gain, 0);
    for (int i = steps.size() - 1; i >= 0; i--) {
      PortingStep step = steps.get(i);
      double speedup = local.nativeNanos() / nanos;
      steps.set(i, new PortingStep(step.syscall, step.calls, step.savedNanos, speedup));
      nanos += step.savedNanos;
    }
    return List.copyOf(steps);
  }

  private static PortingStep step(
      SyscallUse use, Map<String, Double> localNanos, double roundTripNanos) {
    double remote = Parameter.nanos(use.service());
    Double each = localNanos.get(use.name());
    double local = each == null ? remote : use.calls() * each;
    return new PortingStep(
        use.name(), use.calls(), use.calls() * roundTripNanos + (remote - local), 1);
  }
}
