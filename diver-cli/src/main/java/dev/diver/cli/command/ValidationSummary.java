package dev.diver.cli.command;

import dev.diver.cli.output.Shell;
import dev.diver.cli.output.Table;
import dev.diver.deploy.chart.Chart;
import dev.diver.deploy.validation.Measurement;
import dev.diver.deploy.validation.Validation;
import dev.diver.deploy.validation.Validation.GainSource;
import dev.diver.deploy.validation.Validation.Omission;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;

/** What a validation came to, as people read it and as programs do. */
final class ValidationSummary {

  private ValidationSummary() {}

  /** Prints it to standard output. */
  static void print(Validation validation, Shell shell) {
    shell.print(measured(validation));
    shell.println("");
    shell.print(accuracies(validation));
    shell.println("");
    shell.println(
        String.format(
            Locale.ROOT,
            "%s, one round trip (2·f_c) %.2f µs; P is the share of system calls, γ what solves the"
                + " refined model.",
            validation.mode(),
            validation.roundTripNanos() / 1000));
    shell.println(
        "Accuracy is 100 − MAPE. The median gain comes from the benchmarks that it predicts"
            + " (in-sample); leaving each out of its own is not.");
  }

  private static Table measured(Validation validation) {
    Table table =
        new Table()
            .text("BENCHMARK")
            .number("FORWARDED")
            .number("P")
            .number("NATIVE")
            .number("MODE")
            .number("SPEEDUP")
            .number("NAIVE")
            .number("REFINED")
            .number("ACCURACY")
            .number("γ");
    for (Measurement one : validation.measurements()) {
      OptionalDouble refined = validation.refined(GainSource.GIVEN, one);
      table.row(
          one.benchmark().name(),
          Long.toString(one.forwardedCalls()),
          percent(100 * one.systemShare()),
          seconds(one.nativeSeconds()),
          seconds(one.modeSeconds()),
          ratio(OptionalDouble.of(one.speedup())),
          ratio(validation.naive(GainSource.GIVEN, one)),
          ratio(refined),
          percent(one.accuracy(refined.orElseThrow())),
          ratio(one.solvedGain()));
    }
    return table;
  }

  private static Table accuracies(Validation validation) {
    Table table = new Table().text("GAIN OF THE MODE").number("NAIVE").number("REFINED");
    for (GainSource source : GainSource.values()) {
      table.row(
          title(source, validation),
          percent(validation.naiveAccuracy(source)),
          percent(validation.refinedAccuracy(source)));
    }
    return table;
  }

  private static String title(GainSource source, Validation validation) {
    return switch (source) {
      case GIVEN -> String.format(Locale.ROOT, "γ = %s", Double.toString(validation.gain()));
      case MEDIAN -> "γ = " + ratio(validation.medianGain()) + ", the median of these";
      case LEAVE_ONE_OUT -> "the median of the others, for each";
    };
  }

  /** Measured and predicted speedups side by side, from 1 up and down. */
  static Chart chart(Validation validation) {
    List<Measurement> all = validation.measurements();
    return new Chart.Bars(
        "Measured and predicted speedup, " + validation.mode(),
        new Chart.Axis("speedup", false),
        all.stream().map(one -> one.benchmark().name()).toList(),
        List.of(
            group("measured", all, one -> OptionalDouble.of(one.speedup())),
            group("naïve", all, one -> validation.naive(GainSource.GIVEN, one)),
            group(
                "refined, γ = " + validation.gain(),
                all,
                one -> validation.refined(GainSource.GIVEN, one)),
            group(
                "refined, γ = " + ratio(validation.medianGain()),
                all,
                one -> validation.refined(GainSource.MEDIAN, one))),
        OptionalDouble.of(1));
  }

  private static Chart.Group group(
      String name, List<Measurement> all, Function<Measurement, OptionalDouble> value) {
    return new Chart.Group(
        name, all.stream().map(one -> value.apply(one).orElse(Double.NaN)).toList());
  }

  /** Says what did not run, on standard error. */
  static void sayOmissions(List<Omission> omissions, Shell shell) {
    omissions.forEach(one -> shell.say("not run: " + one.benchmark() + ": " + one.why()));
  }

  /** As JSON. */
  static Map<String, Object> tree(Validation validation) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("mode", validation.mode());
    tree.put("round_trip_ns", validation.roundTripNanos());
    tree.put("gain", validation.gain());
    tree.put("median_gain", some(validation.medianGain()));
    tree.put("accuracy_percent", bySource(validation));
    tree.put(
        "benchmarks", validation.measurements().stream().map(m -> tree(validation, m)).toList());
    tree.put(
        "omitted",
        validation.omissions().stream()
            .map(one -> Map.of("name", one.benchmark(), "why", one.why()))
            .toList());
    return tree;
  }

  private static Map<String, Object> bySource(Validation validation) {
    Map<String, Object> tree = new LinkedHashMap<>();
    for (GainSource source : GainSource.values()) {
      Map<String, Object> models = new LinkedHashMap<>();
      models.put("naive", some(validation.naiveAccuracy(source)));
      models.put("refined", some(validation.refinedAccuracy(source)));
      tree.put(source.name().toLowerCase(Locale.ROOT), models);
    }
    return tree;
  }

  private static Map<String, Object> tree(Validation validation, Measurement one) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("name", one.benchmark().name());
    tree.put("native_ns", nanos(one.natively()));
    tree.put("mode_ns", nanos(one.inMode()));
    tree.put("feigned_gain", one.benchmark().gain());
    tree.put("forwarded_calls", one.forwardedCalls());
    tree.put("system_share", one.systemShare());
    tree.put("speedup", one.speedup());
    tree.put("solved_gain", some(one.solvedGain()));
    for (GainSource source : GainSource.values()) {
      Map<String, Object> models = new LinkedHashMap<>();
      models.put("naive", some(validation.naive(source, one)));
      models.put("refined", some(validation.refined(source, one)));
      tree.put(source.name().toLowerCase(Locale.ROOT), models);
    }
    return tree;
  }

  private static List<Long> nanos(List<Duration> times) {
    return times.stream().map(Duration::toNanos).toList();
  }

  private static Optional<Double> some(OptionalDouble value) {
    return value.isPresent() ? Optional.of(value.getAsDouble()) : Optional.empty();
  }

  private static String ratio(OptionalDouble value) {
    return value.isPresent() ? String.format(Locale.ROOT, "%.3f", value.getAsDouble()) : "-";
  }

  private static String seconds(double seconds) {
    return String.format(Locale.ROOT, "%.3f s", seconds);
  }

  private static String percent(OptionalDouble value) {
    return value.isPresent() ? percent(value.getAsDouble()) : "-";
  }

  private static String percent(double value) {
    return String.format(Locale.ROOT, "%.2f %%", value);
  }
}
