package dev.diver.cli.command;

import dev.diver.cli.output.Shell;
import dev.diver.cli.output.Table;
import dev.diver.deploy.speedup.Gain;
import dev.diver.deploy.trace.Trace;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** {@code diver speedup gain}. */
final class SpeedupGain implements Verb {

  /** One benchmark: its trace, and what came of it on the specialized OS. */
  private record Measured(String name, Trace trace, double speedup) {}

  /** Its gain on each system; empty where none explains the measurement. */
  private record Found(Measured benchmark, List<Optional<Double>> gains) {}

  @Override
  public void describe(Page page) {
    page.description(
            """
            Solves the refined model (Tauro, Liu and Hale, equation 11) for the gain γ: how many \
            times as fast a specialized OS computes, if the program ran there so many times as \
            fast as on Linux as you have measured.

            A set of benchmarks is a CSV file with the columns trace (a file, seen from the CSV \
            file's folder) and measured (the speedup). Each benchmark's gain is shown, and their \
            median, which stands for the set (section 5.3, table 4).\
            """)
        .argument("TRACE", TraceInput.HELP + "; or a CSV file of traces")
        .option("--measured", "SPEEDUP", "time on Linux over time on the specialized OS");
    SpeedupOptions.describe(page)
        .json()
        .example(
            "What gain explains 2 % more speed in a partitioned VM",
            "speedup gain trace.json --measured 1.02 --mode partitioned-vm")
        .example(
            "The gains of a set of benchmarks, and their median",
            "speedup gain benchmarks.csv --round-trip 6.28us --forward McKernel");
  }

  @Override
  public int run(Given given, Shell shell) {
    SpeedupOptions options = SpeedupOptions.of(given, shell);
    List<Measured> benchmarks = benchmarks(given, shell);
    List<String> systems = new ArrayList<>();
    List<Found> found = new ArrayList<>();
    boolean alone = benchmarks.size() == 1;
    for (Measured benchmark : benchmarks) {
      List<SpeedupTarget> targets = options.targets(benchmark.trace);
      systems.clear();
      targets.forEach(target -> systems.add(target.name()));
      List<Optional<Double>> gains = new ArrayList<>();
      for (SpeedupTarget target : targets) {
        gains.add(gain(benchmark, target, alone && targets.size() == 1, shell));
      }
      found.add(new Found(benchmark, gains));
    }
    if (given.wantsJson()) {
      shell.printJson(tree(systems, found));
    } else {
      shell.print(table(systems, found));
    }
    return 0;
  }

  /** The gain; where one only is asked for and there is none, that is the answer: an error. */
  private static Optional<Double> gain(
      Measured benchmark, SpeedupTarget target, boolean only, Shell shell) {
    try {
      return Optional.of(
          Gain.solve(target.split(benchmark.trace), target.roundTripNanos(), benchmark.speedup));
    } catch (DiverException e) {
      if (only) {
        throw e;
      }
      shell.say(benchmark.name + ", " + target.name() + ": " + e.failure().what());
      return Optional.empty();
    }
  }

  private static List<Measured> benchmarks(Given given, Shell shell) {
    String typed = given.required(0);
    Optional<String> measured = given.value("--measured");
    boolean csv = typed.endsWith(".csv");
    if (csv && measured.isPresent()) {
      throw new UsageException(
          "--measured is for one trace, and " + typed + " is a set.",
          "Put what was measured into its column \"measured\".");
    }
    if (csv) {
      return set(shell.path(typed), shell);
    }
    double speedup =
        Amount.factor(
            "--measured",
            measured.orElseThrow(
                () ->
                    new UsageException(
                        "Nothing says what was measured.",
                        "Give it with --measured 1.02, or name a CSV file of traces.")));
    return List.of(new Measured(typed, TraceInput.read(typed, shell), speedup));
  }

  private static List<Measured> set(Path file, Shell shell) {
    try (Stream<String> lines = Files.lines(file, StandardCharsets.UTF_8)) {
      List<String> all = lines.filter(line -> !line.isBlank()).toList();
      List<String> header = all.isEmpty() ? List.of() : fields(all.getFirst());
      int trace = header.indexOf("trace");
      int measured = header.indexOf("measured");
      if (trace < 0 || measured < 0 || all.size() < 2) {
        throw invalid(file, "it has no columns trace and measured with a line below them");
      }
      List<Measured> set = new ArrayList<>();
      for (String line : all.subList(1, all.size())) {
        List<String> fields = fields(line);
        if (fields.size() != header.size()) {
          throw invalid(file, "the line \"" + line + "\" has not " + header.size() + " fields");
        }
        String name = fields.get(trace);
        Path folder = Objects.requireNonNull(file.toAbsolutePath().getParent());
        set.add(
            new Measured(
                name,
                TraceInput.read(folder.resolve(name), shell),
                Amount.factor("the column measured", fields.get(measured))));
      }
      return set;
    } catch (IOException e) {
      throw IoFailure.of("read", file, e);
    }
  }

  private static List<String> fields(String line) {
    return Stream.of(line.split(",", -1)).map(String::strip).toList();
  }

  private static RuntimeException invalid(Path file, String why) {
    return new Failure(
            Failure.Kind.INVALID,
            file + " is no set of benchmarks: " + why + ".",
            "Write a line trace,measured, and below it a line such as bzip2.json,1.02 for each.")
        .exception();
  }

  private static Table table(List<String> systems, List<Found> found) {
    Table table = new Table().text("BENCHMARK").number("MEASURED");
    systems.forEach(system -> table.number("GAIN ON " + system));
    for (Found one : found) {
      List<String> cells = new ArrayList<>();
      cells.add(one.benchmark.name);
      cells.add(SpeedupProject.number(one.benchmark.speedup));
      one.gains.forEach(gain -> cells.add(gain.map(SpeedupProject::number).orElse("-")));
      table.row(cells.toArray(String[]::new));
    }
    if (found.size() > 1) {
      List<String> cells = new ArrayList<>(List.of("median", ""));
      for (int i = 0; i < systems.size(); i++) {
        cells.add(median(found, i).map(SpeedupProject::number).orElse("-"));
      }
      table.row(cells.toArray(String[]::new));
    }
    return table;
  }

  private static Optional<Double> median(List<Found> found, int system) {
    List<Double> gains = found.stream().flatMap(one -> one.gains.get(system).stream()).toList();
    return gains.isEmpty() ? Optional.empty() : Optional.of(Gain.median(gains));
  }

  private static Map<String, Object> tree(List<String> systems, List<Found> found) {
    Map<String, Object> medians = new LinkedHashMap<>();
    for (int i = 0; i < systems.size(); i++) {
      medians.put(systems.get(i), median(found, i));
    }
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("benchmarks", found.stream().map(one -> tree(systems, one)).toList());
    tree.put("median_gain", medians);
    return tree;
  }

  private static Map<String, Object> tree(List<String> systems, Found found) {
    Map<String, Object> gains = new LinkedHashMap<>();
    for (int i = 0; i < systems.size(); i++) {
      gains.put(systems.get(i), found.gains.get(i));
    }
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("trace", found.benchmark.name);
    tree.put("measured_speedup", found.benchmark.speedup);
    tree.put("gain", gains);
    return tree;
  }
}
