package dev.diver.deploy.speedup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.kernels.failure.DiverException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GainTest {

  private static final Split SPLIT = Split.of(Example.TRACE, Set.of("write", "openat"));

  @Test
  void solvesForTheGain() {
    // S = 1.25, 2·f_c = 5 µs: γ = 9000 / (10000/1.25 − 660 − 510 − 340) = 9000 / 6490
    assertEquals(9000.0 / 6490.0, Gain.solve(SPLIT, 5000, 1.25), 1e-12);
  }

  @Test
  void refusesSpeedupsThatNoGainExplains() {
    String refused =
        assertThrows(DiverException.class, () -> Gain.solve(SPLIT, 5000, 7)).failure().what();
    assertTrue(refused.contains("speedup of 7.0"), refused);
    assertTrue(refused.contains("6.62"), refused); // 10000 / 1510
    Split idle = Split.of(Example.trace(0, Example.use("read", 10, 100)), Set.of());
    String cannot =
        assertThrows(DiverException.class, () -> Gain.solve(idle, 0, 1)).failure().what();
    assertTrue(cannot.contains("did not compute"), cannot);
    assertThrows(DiverException.class, () -> Gain.solve(SPLIT, 5000, 0));
    assertThrows(DiverException.class, () -> Gain.solve(SPLIT, 5000, Double.NaN));
  }

  @Test
  void takesTheMedianOfASet() {
    assertEquals(1.02, Gain.median(List.of(1.5, 0.9, 1.02)));
    assertEquals(1.01, Gain.median(List.of(1.0, 1.02)), 1e-12);
    assertThrows(DiverException.class, () -> Gain.median(List.of()));
    assertThrows(DiverException.class, () -> Gain.median(List.of(1.0, -1.0)));
  }

  @Test
  void accuracyIsAHundredLessTheMeanError() {
    // |1.1 − 1|/1 = 10 %, |0.95 − 1|/1 = 5 %, |2 − 2|/2 = 0 %: 100 − 15/3
    assertEquals(95, Accuracy.percent(List.of(1.1, 0.95, 2.0), List.of(1.0, 1.0, 2.0)), 1e-9);
    // |1 − 1.25| / 1.25 = 20 %
    assertEquals(80, Accuracy.percent(1, 1.25), 1e-9);
    assertThrows(DiverException.class, () -> Accuracy.percent(List.of(), List.of()));
    assertThrows(DiverException.class, () -> Accuracy.percent(List.of(1.0), List.of(1.0, 2.0)));
    assertThrows(DiverException.class, () -> Accuracy.percent(1, 0));
  }
}
