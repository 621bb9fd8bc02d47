package dev.diver.deploy.speedup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.diver.deploy.speedup.Sweep.Over;
import dev.diver.kernels.failure.DiverException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * {@link Example#TRACE}: C = 9000 µs, Σ g = 1000 µs; openat 2, brk 10, read 50, write 100 calls.
 */
class SweepTest {

  private static final Sweep SWEEP =
      new Sweep(
          Example.TRACE,
          share -> new Forwarding.Share(new Order.LeastFrequent(), share),
          Map.of(),
          1.5,
          5000,
          0.5);

  @Test
  void valuesAreEquallyFarApart() {
    assertEquals(List.of(1.0, 1.5, 2.0), Sweep.values(1, 2, false, 3));
    List<Double> ratios = Sweep.values(1, 1e10, true, 11);
    for (int i = 0; i <= 10; i++) {
      assertEquals(Math.pow(10, i), ratios.get(i), 1e-6 * Math.pow(10, i));
    }
    assertEquals(1e10, ratios.getLast());
    assertThrows(DiverException.class, () -> Sweep.values(1, 1, false, 3));
    assertThrows(DiverException.class, () -> Sweep.values(0, 1, true, 3));
    assertThrows(DiverException.class, () -> Sweep.values(0, 1, false, 1));
  }

  @Test
  void linesAreTheModelPointByPoint() {
    // openat and brk are forwarded, 12 calls: t_d = 9000/γ + 1000 + 12·2f_c
    assertEquals(
        List.of(10_000e3 / 10_060e3, 10_000e3 / 5_560e3), SWEEP.line(Over.GAIN, List.of(1.0, 2.0)));
    assertEquals(
        List.of(10_000e3 / 7_000e3, 10_000e3 / 7_012e3),
        SWEEP.line(Over.ROUND_TRIP, List.of(0.0, 1000.0)));
    assertEquals(
        List.of(10_000e3 / 7_000e3, 10_000e3 / 7_310e3, 10_000e3 / 7_810e3),
        SWEEP.line(Over.SHARE, List.of(0.0, 0.75, 1.0)));
  }

  @Test
  void surfacesAreLinesBesideLines() {
    List<Double> gains = List.of(1.0, 2.0, 3.0);
    List<Double> trips = List.of(0.0, 1e6);
    List<Double> shares = List.of(0.0, 0.5, 0.75, 1.0);
    for (Over x : Over.values()) {
      for (Over y : Over.values()) {
        if (x == y) {
          continue;
        }
        List<Double> xs = x == Over.GAIN ? gains : x == Over.SHARE ? shares : trips;
        List<Double> ys = y == Over.GAIN ? gains : y == Over.SHARE ? shares : trips;
        List<List<Double>> rows = SWEEP.surface(x, xs, y, ys);
        assertEquals(ys.size(), rows.size());
        for (int j = 0; j < ys.size(); j++) {
          assertEquals(SWEEP.at(y, ys.get(j)).line(x, xs), rows.get(j), x + " and " + y);
        }
      }
    }
  }

  @Test
  void breaksEvenWhereTheSplitDoes() {
    Split split = Split.of(Example.TRACE, Set.of("openat", "brk"));
    assertEquals(split.gainFor(1, 5000), SWEEP.breakEven(Over.GAIN, 1));
    assertEquals(split.roundTripFor(1, 1.5), SWEEP.breakEven(Over.ROUND_TRIP, 1));
    assertThrows(IllegalArgumentException.class, () -> SWEEP.breakEven(Over.SHARE, 1));
  }
}
