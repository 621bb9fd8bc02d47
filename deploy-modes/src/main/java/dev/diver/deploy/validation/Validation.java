package dev.diver.deploy.validation;

import dev.diver.deploy.speedup.Accuracy;
import dev.diver.deploy.speedup.Gain;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Function;

/**
 * What was measured in a mode, next to what the model says.
 *
 * @param mode that was measured
 * @param roundTripNanos that the model was given: 2·f_c
 * @param gain γ that the model was given
 * @param measurements one for each benchmark that ran
 * @param omissions benchmarks that did not run
 */
public record Validation(
    String mode,
    double roundTripNanos,
    double gain,
    List<Measurement> measurements,
    List<Omission> omissions) {

  /**
   * A benchmark that did not run.
   *
   * @param benchmark its name
   * @param why one sentence
   */
  public record Omission(String benchmark, String why) {}

  /** Where the model's gain comes from. */
  public enum GainSource {
    /** It was given, or is 1. */
    GIVEN,
    /** The median of what solves the model for each benchmark; in-sample (section 5.3). */
    MEDIAN,
    /** The same without the benchmark that is predicted, so that it does not help itself. */
    LEAVE_ONE_OUT
  }

  public Validation {
    measurements = List.copyOf(measurements);
    omissions = List.copyOf(omissions);
  }

  /**
   * The gain with which this benchmark is predicted; empty where no other benchmark ran that it
   * could be taken from.
   */
  public OptionalDouble gain(GainSource source, Measurement measurement) {
    return switch (source) {
      case GIVEN -> OptionalDouble.of(gain);
      case MEDIAN -> median(measurements);
      case LEAVE_ONE_OUT ->
          median(measurements.stream().filter(one -> !one.equals(measurement)).toList());
    };
  }

  /** The median of the gains that solve the model, of all benchmarks (table 4). */
  public OptionalDouble medianGain() {
    return median(measurements);
  }

  /**
   * 100 − MAPE of the refined model over all benchmarks, in percent; empty where there is none, or
   * one of them has no gain.
   */
  public OptionalDouble refinedAccuracy(GainSource source) {
    return accuracy(one -> refined(source, one));
  }

  /** The same of the naïve model. */
  public OptionalDouble naiveAccuracy(GainSource source) {
    return accuracy(one -> naive(source, one));
  }

  /** What the refined model predicts (equation 11). */
  public OptionalDouble refined(GainSource source, Measurement measurement) {
    OptionalDouble found = gain(source, measurement);
    return found.isEmpty() ? found : OptionalDouble.of(measurement.refined(found.getAsDouble()));
  }

  /** What the naïve model predicts (equation 3). */
  public OptionalDouble naive(GainSource source, Measurement measurement) {
    OptionalDouble found = gain(source, measurement);
    return found.isEmpty() ? found : OptionalDouble.of(measurement.naive(found.getAsDouble()));
  }

  private OptionalDouble accuracy(Function<Measurement, OptionalDouble> prediction) {
    List<Double> projected =
        measurements.stream()
            .flatMapToDouble(one -> prediction.apply(one).stream())
            .boxed()
            .toList();
    List<Double> measured = measurements.stream().map(Measurement::speedup).toList();
    return projected.isEmpty() || projected.size() < measured.size()
        ? OptionalDouble.empty()
        : OptionalDouble.of(Accuracy.percent(projected, measured));
  }

  private static OptionalDouble median(List<Measurement> measurements) {
    List<Double> gains =
        measurements.stream().flatMapToDouble(one -> one.solvedGain().stream()).boxed().toList();
    return gains.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(Gain.median(gains));
  }
}
