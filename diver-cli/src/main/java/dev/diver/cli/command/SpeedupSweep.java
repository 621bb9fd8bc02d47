package dev.diver.cli.command;

import dev.diver.cli.output.Shell;
import dev.diver.deploy.chart.Chart;
import dev.diver.deploy.chart.ChartFile;
import dev.diver.deploy.speedup.BreakEven;
import dev.diver.deploy.speedup.Forwarding;
import dev.diver.deploy.speedup.NaiveModel;
import dev.diver.deploy.speedup.Order;
import dev.diver.deploy.speedup.Split;
import dev.diver.deploy.speedup.Sweep;
import dev.diver.deploy.trace.Trace;
import dev.diver.kernels.failure.IoFailure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** {@code diver speedup sweep}. */
final class SpeedupSweep implements Verb {

  private static final int USUAL_POINTS = 200;
  private static final int MOST_POINTS = 2000;

  /** Sweeps no parameter, but says how often system calls are made. */
  private static final String CALLS = "calls";

  private static final String STANDARD_OUTPUT = "-";

  /**
   * A program on a system.
   *
   * @param program what to put before the system's name where there are several programs
   * @param order in which calls are forwarded as a share grows
   */
  private record Subject(String program, String system, Sweep sweep, Order order) {
    String name() {
      return program + system;
    }
  }

  @Override
  public void describe(Page page) {
    page.description(
            """
            Projects the speedup of programs while one parameter changes, or two: the gain, the \
            round trip, or the share of the distinct system calls that is forwarded. One parameter \
            gives a line for each program and system (over the gain, the naïve model's, too), two \
            a surface of the first. Where the \
            speedup passes 1 is computed exactly, and marked.

            Writes CSV to standard output, or to files by their names' ends: .csv, .json, .svg, \
            .png. Without a trace, sweeps the naïve model over gain and system-share. With --over \
            calls, says instead how often programs make their system calls.\
            """)
        .arguments("TRACE", "0..*", TraceInput.HELP)
        .option(
            "--over", "RANGE", "what changes: gain=1..10, round-trip=1ns..10s:log or share=0..100%")
        .option("--and", "RANGE", "what else does, for a surface")
        .option("--points", "N", "how many values of each (default 200)")
        .repeated(
            "-o, --output-file",
            "FILE",
            "write here: .csv, .json, .svg, .png or - for CSV to standard output; repeatable")
        .flag("--json", "write JSON to standard output")
        .option("--gain", "FACTOR", "the gain γ where it does not change (default 1.04)");
    SpeedupOptions.describe(page)
        .example(
            "How the gain shows, on all systems",
            "speedup sweep trace.json --over gain=1..10 -o gain.svg")
        .example(
            "Up to which round trip it pays, forwarding what is called most",
            "speedup sweep trace.json --over round-trip=100ns..1s:log --forward max-frequency")
        .example(
            "Both at once, as a chart and as data",
            "speedup sweep trace.json --over round-trip=1us..1s:log --and gain=1..10 --forward all"
                + " -o both.png -o both.csv")
        .example(
            "Which part of its system calls a program makes how often",
            "speedup sweep trace.json --over calls -o calls.svg")
        .example(
            "The naïve model without a trace",
            "speedup sweep --over system-share=0..1 --and gain=1..10 -o naive.svg");
  }

  @Override
  public int run(Given given, Shell shell) {
    List<Path> files = files(given, shell);
    boolean csv = given.values("--output-file").contains(STANDARD_OUTPUT);
    if (csv && given.has("--json")) {
      throw new UsageException(
          "--json and -o - both write to standard output.", "Leave one of them away.");
    }
    SweepResult result = result(given, shell);
    if (given.has("--json")) {
      shell.printJson(result.tree());
    } else if (csv || files.isEmpty()) {
      shell.print(result.csv());
    }
    files.forEach(file -> write(file, result, shell));
    return 0;
  }

  private static SweepResult result(Given given, Shell shell) {
    String over =
        given
            .value("--over")
            .orElseThrow(
                () ->
                    new UsageException(
                        "Nothing says what changes.", "Give --over gain=1..10, for example."));
    if (over.equals(CALLS)) {
      return profiles(given, shell);
    }
    SweepRange x = SweepRange.parse("--over", over);
    Optional<SweepRange> y = given.value("--and").map(text -> SweepRange.parse("--and", text));
    if (y.filter(range -> range.kind() == x.kind()).isPresent()) {
      throw new UsageException(
          "--over and --and both change the " + x.kind().typed() + ".",
          "Change another with --and.");
    }
    int points = points(given);
    if (given.arguments().isEmpty()) {
      return naive(x, y, points);
    }
    checkOfTraces(x);
    y.ifPresent(SpeedupSweep::checkOfTraces);
    return result(subjects(given, shell, x, y), x, y, points);
  }

  private static SweepResult profiles(Given given, Shell shell) {
    if (given.has("--and") || given.arguments().isEmpty()) {
      throw new UsageException(
          "--over calls is for traces, and stands alone.",
          "Name traces, and leave --and away: diver speedup sweep TRACE --over calls.");
    }
    return new SweepResult.Profiles(
        given.arguments().stream()
            .map(typed -> SweepResult.Profile.of(typed, TraceInput.read(typed, shell)))
            .toList());
  }

  private static void checkOfTraces(SweepRange range) {
    if (range.kind() == SweepRange.Kind.SYSTEM_SHARE) {
      throw new UsageException(
          "A trace has a system-share already.", "Leave the trace away, or change something else.");
    }
  }

  private static int points(Given given) {
    int points = given.number("--points").orElse(USUAL_POINTS);
    if (points < 2 || points > MOST_POINTS) {
      throw new UsageException(
          "--points cannot be " + points + ".", "Give 2 to " + MOST_POINTS + ".");
    }
    return points;
  }

  private static List<Path> files(Given given, Shell shell) {
    List<Path> files =
        given.values("--output-file").stream()
            .filter(typed -> !typed.equals(STANDARD_OUTPUT))
            .map(shell::path)
            .toList();
    for (Path file : files) {
      if (!ChartFile.isOne(file) && !file.toString().matches(".*\\.(csv|json)")) {
        throw new UsageException(
            "\"" + file.getFileName() + "\" does not say what is to be written.",
            "Give -o a name that ends in .csv, .json, .svg or .png.");
      }
    }
    return files;
  }

  private static List<Subject> subjects(
      Given given, Shell shell, SweepRange x, Optional<SweepRange> y) {
    SpeedupOptions options = SpeedupOptions.of(given, shell);
    boolean overShare =
        x.kind() == SweepRange.Kind.SHARE
            || y.filter(range -> range.kind() == SweepRange.Kind.SHARE).isPresent();
    if (overShare && given.has("--share")) {
      throw new UsageException("The share changes already.", "Leave --share away.");
    }
    boolean listed = given.has("--kernel") || (given.has("--forward") && options.order().isEmpty());
    if (overShare && listed) {
      throw new UsageException(
          "A share can only change with a policy that chooses system calls.",
          "Add --forward min-frequency, max-frequency or random.");
    }
    boolean overRoundTrip =
        x.kind() == SweepRange.Kind.ROUND_TRIP
            || y.filter(range -> range.kind() == SweepRange.Kind.ROUND_TRIP).isPresent();
    // with one rule and no round trip of its own, each system is the same
    boolean alike = overRoundTrip && (overShare || given.has("--forward") || given.has("--kernel"));
    Order order = options.order().orElse(new Order.LeastFrequent());
    List<Subject> subjects = new ArrayList<>();
    for (String typed : given.arguments()) {
      Trace trace = TraceInput.read(typed, shell);
      List<SpeedupTarget> targets = options.targets(trace);
      for (SpeedupTarget target : alike ? targets.subList(0, 1) : targets) {
        Forwarding fixed = new Forwarding.Listed(target.forwarded());
        Sweep sweep =
            new Sweep(
                trace,
                share -> overShare ? new Forwarding.Share(order, share) : fixed,
                target.localNanos(),
                options.gain(),
                target.roundTripNanos(),
                1);
        String system =
            !alike ? target.name() : "forwarding " + (overShare ? words(given) : target.rule());
        String program = given.arguments().size() == 1 ? "" : typed + ": ";
        subjects.add(new Subject(program, system, sweep, order));
      }
    }
    return subjects;
  }

  private static String words(Given given) {
    return given.value("--forward").orElse("min-frequency");
  }

  private static SweepResult result(
      List<Subject> subjects, SweepRange x, Optional<SweepRange> y, int points) {
    List<Double> xs = x.values(points);
    if (y.isPresent()) {
      return surface(only(subjects), x, xs, y.get(), y.get().values(points));
    }
    List<SweepResult.Line> lines = new ArrayList<>();
    if (x.kind() == SweepRange.Kind.GAIN) { // next to the refined model, as in figure 11
      subjects.stream()
          .collect(
              Collectors.toMap(
                  Subject::program, one -> one, (first, _) -> first, LinkedHashMap::new))
          .values()
          .forEach(one -> lines.add(naive(one, xs)));
    }
    subjects.forEach(one -> lines.add(line(one, x, xs)));
    return new SweepResult.Lines(x, xs, lines);
  }

  /** A surface has room for one. */
  private static Subject only(List<Subject> subjects) {
    if (subjects.size() > 1) {
      throw new UsageException(
          "A surface shows one program on one system, and these are "
              + subjects.size()
              + ": "
              + subjects.stream().map(Subject::name).collect(Collectors.joining(", "))
              + ".",
          "Name one trace, and one system with --round-trip or --mode; or leave --and away.");
    }
    return subjects.getFirst();
  }

  private static SweepResult.Line naive(Subject one, List<Double> gains) {
    Split split = Split.of(one.sweep.trace(), Set.of());
    return new SweepResult.Line(
        one.program + "naive",
        gains.stream().map(split::naiveSpeedup).toList(),
        new BreakEven.Always(), // for a gain of 1 and more; nothing that is worth a mark
        1);
  }

  private static SweepResult.Line line(Subject one, SweepRange x, List<Double> xs) {
    BreakEven point = breaksEven(one, x);
    double there =
        point instanceof BreakEven.At(double at)
            ? one.sweep.line(x.kind().over(), List.of(at)).getFirst()
            : 1;
    return new SweepResult.Line(one.name(), one.sweep.line(x.kind().over(), xs), point, there);
  }

  private static BreakEven breaksEven(Subject one, SweepRange x) {
    Sweep sweep = one.sweep;
    return x.kind() == SweepRange.Kind.SHARE
        ? BreakEven.share(
            sweep.trace(), one.order, sweep.localNanos(), 1, sweep.gain(), sweep.roundTripNanos())
        : sweep.breakEven(x.kind().over(), 1);
  }

  private static SweepResult surface(
      Subject one, SweepRange x, List<Double> xs, SweepRange y, List<Double> ys) {
    return new SweepResult.Surface(
        one.name(),
        x,
        xs,
        y,
        ys,
        one.sweep.surface(x.kind().over(), xs, y.kind().over(), ys),
        ones(one, x, xs, y, ys));
  }

  /**
   * The line on which the speedup is 1. It is solved for each value of both parameters, since it
   * can be steep in either; a share has no exact point, so that only the other is solved for.
   */
  private static List<Chart.Point> ones(
      Subject one, SweepRange x, List<Double> xs, SweepRange y, List<Double> ys) {
    List<Chart.Point> points = new ArrayList<>();
    if (y.kind() != SweepRange.Kind.SHARE) {
      points.addAll(ones(one, x, xs, y));
    }
    if (x.kind() != SweepRange.Kind.SHARE) {
      ones(one, y, ys, x).forEach(point -> points.add(new Chart.Point(point.y(), point.x())));
    }
    if (x.kind() != SweepRange.Kind.SHARE && y.kind() != SweepRange.Kind.SHARE) {
      // the longer the round trip, the greater the gain that makes up for it
      points.sort(Comparator.comparingDouble(Chart.Point::x).thenComparingDouble(Chart.Point::y));
    }
    return points;
  }

  /** Where the speedup is 1: a value of {@code solved} for each of the other parameter. */
  private static List<Chart.Point> ones(
      Subject one, SweepRange other, List<Double> values, SweepRange solved) {
    List<Chart.Point> points = new ArrayList<>();
    for (double value : values) {
      BreakEven point = one.sweep.at(other.kind().over(), value).breakEven(solved.kind().over(), 1);
      if (point instanceof BreakEven.At(double at) && solved.contains(at)) {
        points.add(new Chart.Point(value, at));
      }
    }
    return points;
  }

  /** S_n over p and γ (figure 2). */
  private static SweepResult naive(SweepRange x, Optional<SweepRange> y, int points) {
    boolean both =
        y.isPresent()
            && List.of(x, y.get()).stream()
                .allMatch(
                    range ->
                        range.kind() == SweepRange.Kind.GAIN
                            || range.kind() == SweepRange.Kind.SYSTEM_SHARE);
    if (!both) {
      throw new UsageException(
          "Without a trace, only the naïve model can be swept, over gain and system-share.",
          "Name a trace, or give --over system-share=0..1 --and gain=1..10.");
    }
    boolean gainIsX = x.kind() == SweepRange.Kind.GAIN;
    List<Double> xs = x.values(points);
    List<Double> ys = y.get().values(points);
    return new SweepResult.Surface(
        "the naïve model",
        x,
        xs,
        y.get(),
        ys,
        ys.stream()
            .map(
                b ->
                    xs.stream()
                        .map(a -> gainIsX ? NaiveModel.speedup(b, a) : NaiveModel.speedup(a, b))
                        .toList())
            .toList(),
        List.of());
  }

  private static void write(Path file, SweepResult result, Shell shell) {
    if (ChartFile.isOne(file)) {
      ChartFile.write(result.chart(), file);
      return;
    }
    try {
      if (file.toString().endsWith(".csv")) {
        Files.writeString(file, result.csv());
        return;
      }
      ByteArrayOutputStream json = new ByteArrayOutputStream();
      shell.to(json).printJson(result.tree());
      Files.write(file, json.toByteArray());
    } catch (IOException e) {
      throw IoFailure.of("write", file, e);
    }
  }
}
