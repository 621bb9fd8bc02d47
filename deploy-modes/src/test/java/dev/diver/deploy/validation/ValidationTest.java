package dev.diver.deploy.validation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.diver.deploy.validation.Validation.GainSource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ValidationTest {

  private static final double MILLI = 1e6;

  /**
   * C = 800 ms, reads take 200 ms; 10 are forwarded at 10 ms each, 100 ms in all. At γ = 1 the run
   * takes 800 + 200 + 100 = 1100 ms, at γ = 2 (feigned) 400 + 200 + 100 = 700 ms.
   */
  private static Measurement measurement(double feigned, List<Duration> nat, List<Duration> mode) {
    return new Measurement(
        benchmark(feigned),
        CriticalPathTest.trace(
            1000, 1000, CriticalPathTest.use("read", 10, 150), CriticalPathTest.use("brk", 3, 50)),
        Set.of("read", "write"),
        Map.of(),
        10 * MILLI,
        nat,
        mode);
  }

  private static Benchmark benchmark(double feigned) {
    return new Benchmark(
        "b" + feigned,
        "",
        Optional.empty(),
        Path.of("b"),
        List.of(),
        List.of(),
        Optional.empty(),
        List.of(),
        feigned,
        false);
  }

  private static List<Duration> millis(long... values) {
    return java.util.Arrays.stream(values).mapToObj(Duration::ofMillis).toList();
  }

  @Test
  void predictsByBothModels() {
    Measurement one = measurement(1, millis(1000), millis(1100));
    assertEquals(10, one.forwardedCalls());
    assertEquals(0.2, one.systemShare(), 1e-12);
    assertEquals(1.0, one.naive(1), 1e-12);
    assertEquals(1 / (0.2 + 0.8 / 1.25), one.naive(1.25), 1e-12);
    assertEquals(1000.0 / 1100, one.refined(1), 1e-12);
    assertEquals(1000.0 / (640 + 300), one.refined(1.25), 1e-12);
    assertEquals(1.0, one.solvedGain().orElseThrow(), 1e-12);
    assertEquals(100, one.accuracy(one.refined(1)), 1e-9);
  }

  /** A call that stays takes 20 ms rather than 50/3: 10 ms more for all three. */
  @Test
  void knowsWhatLocalCallsTake() {
    Measurement one = measurement(1, millis(1000), millis(1100));
    Measurement slower =
        new Measurement(
            one.benchmark(),
            one.trace(),
            one.forwarded(),
            Map.of("brk", 20 * MILLI, "read", 1.0),
            one.roundTripNanos(),
            one.natively(),
            one.inMode());
    assertEquals(1000.0 / 1110, slower.refined(1), 1e-12);
  }

  /** What is feigned is known to the model, and is not the mode's. */
  @Test
  void aFeignedGainIsNotTheModes() {
    Measurement feigned = measurement(2, millis(1000), millis(700));
    assertEquals(1000.0 / 700, feigned.refined(1), 1e-12);
    assertEquals(1 / (0.2 + 0.4), feigned.naive(1), 1e-12);
    assertEquals(1.0, feigned.solvedGain().orElseThrow(), 1e-12);
    // 800/(γ·2) + 300 = 620 → γ = 1.25
    assertEquals(1.25, measurement(2, millis(1000), millis(620)).solvedGain().orElseThrow(), 1e-9);
  }

  /** Ratios run by run: 1.0, 0.5, 0.8. */
  @Test
  void speedupIsTheMedianOfTheRunsRatios() {
    Measurement one = measurement(1, millis(1000, 1000, 2000), millis(1000, 2000, 2500));
    assertEquals(0.8, one.speedup(), 1e-12);
    assertEquals(1.0, one.nativeSeconds(), 1e-12);
    assertEquals(2.0, one.modeSeconds(), 1e-12);
    assertThrows(IllegalArgumentException.class, () -> measurement(1, millis(1), millis(1, 2)));
    assertThrows(IllegalArgumentException.class, () -> measurement(1, List.of(), List.of()));
  }

  /** Forwarding and calls alone take 300 ms: no gain makes the run as short as 250 ms. */
  @Test
  void aMeasurementThatNoGainExplainsHasNone() {
    Measurement impossible = measurement(1, millis(1000), millis(250));
    assertEquals(OptionalDouble.empty(), impossible.solvedGain());
    Validation alone = validation(impossible);
    assertEquals(OptionalDouble.empty(), alone.medianGain());
    assertEquals(OptionalDouble.empty(), alone.refinedAccuracy(GainSource.MEDIAN));
  }

  /**
   * Measured in 1100, 940 and 800 ms, the gains are 1, 1.25 and 800/500 = 1.6: the median 1.25, and
   * the medians of the other two 1.425, 1.3 and 1.125.
   */
  @Test
  void gainsAreTheMediansOfAllOrOfTheOthers() {
    Measurement slow = measurement(1, millis(1000), millis(1100));
    Measurement middle = measurement(1, millis(1000), millis(940));
    Measurement fast = measurement(1, millis(1000), millis(800));
    Validation validation = validation(slow, middle, fast);
    assertEquals(1.25, validation.medianGain().orElseThrow(), 1e-9);
    assertEquals(1.25, validation.gain(GainSource.MEDIAN, fast).orElseThrow(), 1e-9);
    assertEquals(1.425, validation.gain(GainSource.LEAVE_ONE_OUT, slow).orElseThrow(), 1e-9);
    assertEquals(1.3, validation.gain(GainSource.LEAVE_ONE_OUT, middle).orElseThrow(), 1e-9);
    assertEquals(1.125, validation.gain(GainSource.LEAVE_ONE_OUT, fast).orElseThrow(), 1e-9);
    assertEquals(1.0, validation.gain(GainSource.GIVEN, fast).orElseThrow());
    assertEquals(
        OptionalDouble.empty(), validation(slow).refinedAccuracy(GainSource.LEAVE_ONE_OUT));
  }

  /**
   * At γ = 1 the refined model says 1000/1100 of all; measured were 1000/1100, 1000/940, 1000/800.
   * The errors are 0, 1 − 940/1100 = 0.14545… and 1 − 800/1100 = 0.27272…, 0.13939… on average.
   */
  @Test
  void accuracyIs100LessTheMeanError() {
    Validation validation =
        validation(
            measurement(1, millis(1000), millis(1100)),
            measurement(1, millis(1000), millis(940)),
            measurement(1, millis(1000), millis(800)));
    assertEquals(
        100 * (1 - (0 + 160.0 / 1100 + 300.0 / 1100) / 3),
        validation.refinedAccuracy(GainSource.GIVEN).orElseThrow(),
        1e-9);
    // naïve at γ = 1: 1, so that the errors are 0.1, 0.06 and 0.2
    assertEquals(
        100 * (1 - (0.1 + 0.06 + 0.2) / 3),
        validation.naiveAccuracy(GainSource.GIVEN).orElseThrow(),
        1e-9);
  }

  @Test
  void nothingMeasuredHasNoAccuracy() {
    assertEquals(OptionalDouble.empty(), validation().refinedAccuracy(GainSource.GIVEN));
    assertEquals(OptionalDouble.empty(), validation().medianGain());
  }

  private static Validation validation(Measurement... measurements) {
    return new Validation("emulated", 10 * MILLI, 1, List.of(measurements), List.of());
  }
}
