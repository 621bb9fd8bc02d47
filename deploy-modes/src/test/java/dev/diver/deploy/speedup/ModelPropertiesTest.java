package dev.diver.deploy.speedup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.deploy.trace.SyscallUse;
import dev.diver.deploy.trace.Trace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Scale;

/** What holds of the model whatever it is given; jqwik names the example where it does not. */
class ModelPropertiesTest {

  /** Of numbers that were rounded a few times. */
  private static final double ROUNDING = 1e-12;

  /**
   * Up to 12 system calls, each from 1 to a billion times; up to 17 minutes each, C up to a day.
   */
  @Provide
  Arbitrary<Trace> traces() {
    Arbitrary<SyscallUse> use =
        Combinators.combine(
                Arbitraries.longs().between(1, 1_000_000_000),
                Arbitraries.longs().between(1, 1_000_000_000_000L))
            .as(
                (calls, nanos) ->
                    new SyscallUse("some", calls, Duration.ofNanos(nanos), Optional.empty()));
    return Combinators.combine(
            use.list().ofMinSize(1).ofMaxSize(12),
            Arbitraries.longs().between(1, 86_400_000_000_000L))
        .as((uses, nanos) -> Example.trace(Duration.ofNanos(nanos), named(uses)));
  }

  private static List<SyscallUse> named(List<SyscallUse> uses) {
    return IntStream.range(0, uses.size())
        .mapToObj(
            i ->
                new SyscallUse(
                    "call" + i, uses.get(i).calls(), uses.get(i).service(), Optional.empty()))
        .toList();
  }

  private static Set<String> all(Trace trace) {
    return trace.syscalls().stream().map(SyscallUse::name).collect(Collectors.toSet());
  }

  /** A few of the calls: the bits of a number say which. */
  private static Set<String> some(Trace trace, int bits) {
    return IntStream.range(0, trace.syscalls().size())
        .filter(i -> (bits >> i & 1) == 1)
        .mapToObj(i -> trace.syscalls().get(i).name())
        .collect(Collectors.toSet());
  }

  @Property
  void naiveTendsToOneOverP(@ForAll @DoubleRange(min = 1e-9, max = 1) @Scale(9) double p) {
    assertEquals(1 / p, NaiveModel.limit(p));
    assertEquals(1, NaiveModel.speedup(p, 1e25) * p, ROUNDING);
  }

  @Property
  void naiveIsTheGainWithoutSystemCallsAndOneWithNothingElse(
      @ForAll @DoubleRange(min = 1e-3, max = 1e6) @Scale(6) double gain) {
    assertEquals(gain, NaiveModel.speedup(0, gain), ROUNDING * gain);
    assertEquals(1, NaiveModel.speedup(1, gain));
  }

  @Property
  void naiveLiesBetweenOneAndTheGain(
      @ForAll @DoubleRange(min = 0, max = 1) @Scale(9) double p,
      @ForAll @DoubleRange(min = 1e-3, max = 1e6) @Scale(6) double gain) {
    double speedup = NaiveModel.speedup(p, gain);
    assertTrue(speedup >= Math.min(1, gain) * (1 - ROUNDING), "" + speedup);
    assertTrue(speedup <= Math.max(1, gain) * (1 + ROUNDING), "" + speedup);
    assertTrue(speedup <= NaiveModel.limit(p) * (1 + ROUNDING), "" + speedup);
  }

  @Property
  void naiveIsMonotone(
      @ForAll @DoubleRange(min = 0, max = 0.99) @Scale(9) double p,
      @ForAll @DoubleRange(min = 0.01, max = 1e3) double gain,
      @ForAll @DoubleRange(min = 0.001, max = 0.01) @Scale(4) double more) {
    double speedup = NaiveModel.speedup(p, gain);
    assertTrue(NaiveModel.speedup(p, gain * (1 + more)) > speedup);
    double morePart = NaiveModel.speedup(p + more, gain);
    if (Math.abs(gain - 1) > 1e-9) {
      assertEquals(gain > 1, morePart < speedup); // each p more pulls it towards 1
    }
  }

  @Property
  void refinedIsNaiveWhereForwardingIsFree(
      @ForAll("traces") Trace trace, @ForAll @DoubleRange(min = 0.01, max = 1e3) double gain) {
    Split split = Split.of(trace, all(trace));
    double naive = split.naiveSpeedup(gain);
    assertEquals(naive, split.speedup(gain, 0), ROUNDING * naive);
  }

  @Property
  void refinedTendsToItsLimit(
      @ForAll("traces") Trace trace,
      @ForAll int bits,
      @ForAll @DoubleRange(min = 0, max = 1e6) double roundTrip) {
    Split split = Split.of(trace, some(trace, bits));
    double limit = split.limit(roundTrip);
    assertEquals(limit, split.speedup(1e30, roundTrip), ROUNDING * limit);
    assertTrue(split.speedup(1e3, roundTrip) <= limit);
  }

  @Property
  void refinedIsMonotone(
      @ForAll("traces") Trace trace,
      @ForAll int bits,
      @ForAll @DoubleRange(min = 0.1, max = 1e3) double gain,
      @ForAll @DoubleRange(min = 1, max = 1e6) double roundTrip) {
    Set<String> forwarded = some(trace, bits);
    Split split = Split.of(trace, forwarded);
    double speedup = split.speedup(gain, roundTrip);
    double gainMore = split.speedup(gain * 1.5, roundTrip);
    boolean computes =
        split.computationNanos() / gain > ROUNDING * split.delegatedNanos(gain, roundTrip);
    assertTrue(computes ? gainMore > speedup : gainMore >= speedup, "gain");
    assertTrue(split.speedup(gain, roundTrip * 1.5) <= speedup, "round trip");
    Set<String> more = new HashSet<>(forwarded);
    more.add(trace.syscalls().getFirst().name());
    double withMore = Split.of(trace, more).speedup(gain, roundTrip);
    assertTrue(withMore <= speedup * (1 + ROUNDING), "forwarded calls");
    Split calledMore =
        new Split(
            split.computationNanos(),
            split.serviceNanos(),
            split.remoteServiceNanos(),
            split.localServiceNanos(),
            split.forwardedCalls() + 1_000_000);
    assertTrue(calledMore.speedup(gain, roundTrip) <= speedup, "n(s)");
  }

  /** For γ ≥ 1, ∂S/∂C ≥ 0: what is computed gains, and what is called does not. */
  @Property
  void refinedGrowsWithTheComputation(
      @ForAll("traces") Trace trace,
      @ForAll int bits,
      @ForAll @DoubleRange(min = 1, max = 1e3) double gain,
      @ForAll @DoubleRange(min = 0, max = 1e6) double roundTrip) {
    Set<String> forwarded = some(trace, bits);
    Trace longer = Example.trace(trace.computation().multipliedBy(2), trace.syscalls());
    double speedup = Split.of(trace, forwarded).speedup(gain, roundTrip);
    double more = Split.of(longer, forwarded).speedup(gain, roundTrip);
    assertTrue(more >= speedup * (1 - ROUNDING), more + " after " + speedup);
  }

  @Property
  void gainIsFoundAgain(
      @ForAll("traces") Trace trace,
      @ForAll int bits,
      @ForAll @DoubleRange(min = 0.1, max = 1e3) double gain,
      @ForAll @DoubleRange(min = 0, max = 1e6) double roundTrip) {
    Split split = Split.of(trace, some(trace, bits));
    double measured = split.speedup(gain, roundTrip);
    // the less of the run is computation, the less its length says about the gain
    double computed = split.computationNanos() / gain / split.delegatedNanos(gain, roundTrip);
    Assume.that(computed > 1e-6);
    assertEquals(gain, Gain.solve(split, roundTrip, measured), 1e-14 / computed * gain);
  }

  @Property
  void breakEvensAreWhereTheSpeedupIsReached(
      @ForAll("traces") Trace trace,
      @ForAll int bits,
      @ForAll @DoubleRange(min = 1, max = 1e3) double gain,
      @ForAll @DoubleRange(min = 0.5, max = 3) double wanted) {
    Split split = Split.of(trace, some(trace, bits));
    switch (split.roundTripFor(wanted, gain)) {
      case BreakEven.At(double nanos) ->
          assertEquals(wanted, split.speedup(gain, nanos), 1e-9 * wanted);
      case BreakEven.Always() -> {
        assertEquals(0, split.forwardedCalls());
        assertTrue(split.speedup(gain, 1e30) >= wanted);
      }
      case BreakEven.Never() -> assertTrue(split.speedup(gain, 0) < wanted * (1 + ROUNDING));
    }
    if (split.callsFor(wanted, gain, 1000) instanceof BreakEven.At(double calls)) {
      double nanos = split.delegatedNanos(gain, 0) + calls * 1000;
      assertEquals(wanted, split.nativeNanos() / nanos, 1e-9 * wanted);
    }
  }

  @Property
  void breakEvenShareIsTheLastThatReachesTheSpeedup(
      @ForAll("traces") Trace trace,
      @ForAll @DoubleRange(min = 1, max = 3) double gain,
      @ForAll @DoubleRange(min = 1, max = 1e5) double roundTrip,
      @ForAll long seed) {
    Order order = new Order.Shuffled(seed);
    int number = trace.syscalls().size();
    int k =
        switch (BreakEven.share(trace, order, 1, gain, roundTrip)) {
          case BreakEven.At(double share) -> (int) Math.round(share * number);
          case BreakEven.Always() -> number;
          case BreakEven.Never() -> -1;
        };
    for (int i = 0; i <= number; i++) {
      Set<String> forwarded = new Forwarding.Share(order, (double) i / number).of(trace);
      assertEquals(i, forwarded.size());
      assertEquals(i <= k, Split.of(trace, forwarded).speedup(gain, roundTrip) >= 1, "at " + i);
    }
  }

  @Property
  void portingEverythingEndsWithNothingForwarded(
      @ForAll("traces") Trace trace,
      @ForAll int bits,
      @ForAll @DoubleRange(min = 0.1, max = 1e3) double gain,
      @ForAll @DoubleRange(min = 0, max = 1e12) double roundTrip) {
    Set<String> forwarded = some(trace, bits);
    List<PortingStep> steps = PortingStep.all(trace, forwarded, gain, roundTrip);
    assertEquals(forwarded.size(), steps.size());
    if (!steps.isEmpty()) {
      // to the last bit, however much larger the time was that forwarding took
      assertEquals(Split.of(trace, Set.of()).speedup(gain, 0), steps.getLast().speedup());
    }
    double before = Split.of(trace, forwarded).speedup(gain, roundTrip);
    for (PortingStep step : steps) {
      assertTrue(step.speedup() >= before * (1 - ROUNDING), steps.toString());
      before = step.speedup();
    }
  }

  /** No other k calls are better to port than the first k: all subsets tried. */
  @Property(tries = 200)
  void theFirstStepsAreTheBest(
      @ForAll("traces") Trace trace,
      @ForAll @DoubleRange(min = 0.1, max = 10) double gain,
      @ForAll @DoubleRange(min = 1, max = 1e6) double roundTrip,
      @ForAll @DoubleRange(min = 0, max = 1e6) double local) {
    Map<String, Double> localNanos = Map.of("call0", local, "call1", local / 10);
    List<PortingStep> steps = PortingStep.all(trace, all(trace), localNanos, gain, roundTrip);
    double[] best = new double[steps.size() + 1];
    for (int bits = 0; bits < 1 << steps.size(); bits++) {
      int ported = steps.size() - Integer.bitCount(bits);
      Split split = Split.of(trace, some(trace, bits), localNanos);
      best[ported] = Math.max(best[ported], split.speedup(gain, roundTrip));
    }
    for (int k = 1; k <= steps.size(); k++) {
      assertEquals(best[k], steps.get(k - 1).speedup(), 1e-9 * best[k], "after " + k);
    }
  }

  @Property
  void oneOfSeveralDelegatesIsOneDelegate(
      @ForAll @DoubleRange(min = 1, max = 1e9) double services,
      @ForAll @DoubleRange(min = 0, max = 0.999) @Scale(6) double utilization) {
    double arrivals = utilization * services;
    DelegateQueue queue = new DelegateQueue(arrivals, services, 1);
    double seconds = 1 / (services - arrivals) - 1 / services; // equation 13 as it stands there
    // its subtraction loses digits where hardly anyone waits
    assertEquals(1e9 * seconds, queue.waitingNanos(), 1e9 * 1e-14 / (services - arrivals));
    assertEquals(utilization, queue.waitingProbability(), ROUNDING);
  }

  @Property
  void waitingIsMonotone(
      @ForAll @DoubleRange(min = 0.01, max = 0.95) @Scale(6) double utilization,
      @ForAll @IntRange(min = 1, max = 50) int delegates) {
    double waiting = new DelegateQueue(utilization * delegates, 1, delegates).waitingNanos();
    assertTrue(
        new DelegateQueue(utilization * 1.01 * delegates, 1, delegates).waitingNanos() > waiting);
    assertTrue(
        new DelegateQueue(utilization * delegates, 1.01, delegates).waitingNanos() < waiting);
    assertTrue(
        new DelegateQueue(utilization * delegates, 1, delegates + 1).waitingNanos() < waiting);
    // M/M/c is the same queue at any speed
    assertEquals(
        waiting / 1000,
        new DelegateQueue(1000 * utilization * delegates, 1000, delegates).waitingNanos(),
        1e-9 * waiting);
  }

  @Property
  void shufflesAreTheSameForTheSameTrace(@ForAll("traces") Trace trace, @ForAll long seed) {
    List<String> order = new Order.Shuffled(seed).of(trace);
    assertEquals(all(trace), new HashSet<>(order));
    List<SyscallUse> turned = new ArrayList<>(trace.syscalls().reversed());
    Trace other = Example.trace(trace.computation(), turned);
    assertEquals(order, new Order.Shuffled(seed).of(other));
  }
}
