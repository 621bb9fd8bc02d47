package dev.diver.deploy.speedup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.deploy.trace.Trace;
import dev.diver.kernels.failure.DiverException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Numbers by hand, for {@link Example#TRACE}. */
class SplitTest {

  private static final double EXACT = 1e-12;

  /** write and openat: 660 µs of service, 102 calls. */
  private static final Split SPLIT = Split.of(Example.TRACE, Set.of("write", "openat", "mmap"));

  @Test
  void addsUpTheTrace() {
    assertEquals(new Split(9e6, 1e6, 660e3, 340e3, 102), SPLIT);
    assertEquals(10e6, SPLIT.nativeNanos()); // 9000 µs + 1000 µs
    assertEquals(0.1, SPLIT.systemShare()); // 1000 / 10000
  }

  @Test
  void refinedSpeedup() {
    // γ = 1.5, 2·f_c = 5 µs: t_d = 9000/1.5 + 660 + 102·5 + 340 = 6000 + 660 + 510 + 340 = 7510 µs
    assertEquals(510e3, SPLIT.forwardingNanos(5000));
    assertEquals(7510e3, SPLIT.delegatedNanos(1.5, 5000));
    // S_r = 10000 / 7510
    assertEquals(1.331557922769640, SPLIT.speedup(1.5, 5000), EXACT);
    // γ → ∞: 10000 / 1510
    assertEquals(6.622516556291391, SPLIT.limit(5000), EXACT);
  }

  @Test
  void naiveSpeedup() {
    // 1 / (0.1 + 0.9/1.5) = 1 / 0.7
    assertEquals(1.428571428571429, SPLIT.naiveSpeedup(1.5), EXACT);
  }

  @Test
  void localCallsMayTakeAnotherTime() {
    // read at 2 µs, brk at 1 µs: t_local = 50·2 + 10·1 = 110 µs rather than 340
    Split faster =
        Split.of(Example.TRACE, Set.of("write", "openat"), Map.of("read", 2000.0, "brk", 1000.0));
    assertEquals(110e3, faster.localServiceNanos());
    // t_d = 6000 + 660 + 510 + 110 = 7280 µs
    assertEquals(7280e3, faster.delegatedNanos(1.5, 5000));
    // what is forwarded takes Linux's time, whatever is known of a local one
    Split forwarded = Split.of(Example.TRACE, Set.of("write", "openat"), Map.of("write", 1.0));
    assertEquals(SPLIT, forwarded);
  }

  @Test
  void breaksEven() {
    // γ: 9000 / (10000/1 − 660 − 340 − 510) = 9000 / 8490
    assertEquals(new BreakEven.At(9000.0 / 8490.0), SPLIT.gainFor(1, 5000));
    // 2·f_c at γ = 1.5: (10000 − 6000 − 660 − 340) / 102 = 3000 / 102 µs
    assertEquals(new BreakEven.At(3000e3 / 102), SPLIT.roundTripFor(1, 1.5));
    // with S = 1.25: (8000 − 7000) / 102 µs
    assertEquals(new BreakEven.At(1000e3 / 102), SPLIT.roundTripFor(1.25, 1.5));
  }

  @Test
  void breaksEvenAlwaysOrNever() {
    // S = 7 is over the limit of 6.62; S = 2 is over 10000/7000, which free forwarding gives
    assertEquals(new BreakEven.Never(), SPLIT.gainFor(7, 5000));
    assertEquals(new BreakEven.Never(), SPLIT.roundTripFor(2, 1.5));
    Split local = Split.of(Example.TRACE, Set.of());
    assertEquals(new BreakEven.Always(), local.roundTripFor(1, 1.5));
    assertEquals(new BreakEven.Never(), local.roundTripFor(2, 1.5));
    Split idle = Split.of(Example.trace(0, Example.use("read", 10, 100)), Set.of("read"));
    assertEquals(new BreakEven.Always(), idle.gainFor(1, 0));
    assertEquals(new BreakEven.Never(), idle.gainFor(1, 1));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY})
  void refusesWhatIsNoGain(double gain) {
    String refused =
        assertThrows(DiverException.class, () -> SPLIT.speedup(gain, 5000)).failure().what();
    assertTrue(refused.contains("gain γ") && refused.contains("" + gain), refused);
    assertThrows(DiverException.class, () -> SPLIT.naiveSpeedup(gain));
    assertThrows(DiverException.class, () -> SPLIT.roundTripFor(1, gain));
    assertThrows(DiverException.class, () -> SPLIT.gainFor(gain, 5000));
  }

  @ParameterizedTest
  @ValueSource(doubles = {-1, Double.NaN, Double.POSITIVE_INFINITY})
  void refusesWhatIsNoRoundTrip(double nanos) {
    String refused =
        assertThrows(DiverException.class, () -> SPLIT.speedup(1, nanos)).failure().what();
    assertTrue(refused.contains("round trip") && refused.contains("" + nanos), refused);
    assertThrows(
        DiverException.class, () -> Split.of(Example.TRACE, Set.of(), Map.of("read", nanos)));
  }

  @Test
  void refusesTracesThatSayNothing() {
    Trace empty = Example.trace(9000);
    String refused =
        assertThrows(DiverException.class, () -> Split.of(empty, Set.of())).failure().what();
    assertTrue(refused.contains("empty"), refused);
    Trace noTime = Example.trace(0, Example.use("read", 1, 0));
    assertThrows(DiverException.class, () -> Split.of(noTime, Set.of()));
  }

  @Test
  void portsWhatSavesMostFirst() {
    // All forwarded at 5 µs, γ = 1.5, g' = g: each step saves n·5 µs.
    // t_d = 6000 + 1000 + 162·5 = 7810; then write: −500 = 7310; read: −250 = 7060;
    // brk: −50 = 7010; openat: −10 = 7000
    Set<String> all = Set.of("write", "read", "openat", "brk");
    assertEquals(
        List.of(
            new PortingStep("write", 100, 500e3, 10e6 / 7310e3),
            new PortingStep("read", 50, 250e3, 10e6 / 7060e3),
            new PortingStep("brk", 10, 50e3, 10e6 / 7010e3),
            new PortingStep("openat", 2, 10e3, 10e6 / 7000e3)),
        PortingStep.all(Example.TRACE, all, 1.5, 5000));
  }

  @Test
  void portsByWhatTheLocalCallSavesToo() {
    // openat saves 2·5 + 60 − 2·1 = 68 µs, brk 10·5 + 40 − 10·10 = −10 µs: that one is best left
    List<PortingStep> steps =
        PortingStep.all(
            Example.TRACE,
            Set.of("openat", "brk"),
            Map.of("openat", 1000.0, "brk", 10_000.0),
            1.5,
            5000);
    assertEquals(
        List.of(
            // 6000 + 600 + 300 + 2 + (40 + 50) = 6992, then 6000 + 600 + 300 + 2 + 100 = 7002
            new PortingStep("openat", 2, 68e3, 10e6 / 6992e3),
            new PortingStep("brk", 10, -10e3, 10e6 / 7002e3)),
        steps);
  }
}
