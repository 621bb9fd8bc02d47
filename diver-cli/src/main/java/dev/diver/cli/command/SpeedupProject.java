package dev.diver.cli.command;

import dev.diver.cli.output.Plain;
import dev.diver.cli.output.Quantity;
import dev.diver.cli.output.Shell;
import dev.diver.cli.output.Style;
import dev.diver.cli.output.Table;
import dev.diver.deploy.chart.Chart;
import dev.diver.deploy.chart.ChartFile;
import dev.diver.deploy.speedup.BreakEven;
import dev.diver.deploy.speedup.PortingStep;
import dev.diver.deploy.speedup.Split;
import dev.diver.deploy.trace.Trace;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;

/** {@code diver speedup project}. */
final class SpeedupProject implements Verb {

  /** How many steps of a porting list people are shown. */
  private static final int MOST_STEPS = 12;

  @Override
  public void describe(Page page) {
    page.description(
            """
            Projects, from a trace of a program on Linux, what it would gain on a specialized OS \
            that forwards some of its system calls to a Linux: for each mode that diver calibrate \
            has measured, and for McKernel, mOS and HobbesIO as published.

            NAIVE is the speedup if forwarding cost nothing (Tauro, Liu and Hale, equation 3), \
            REFINED counts its cost, too (equation 11), LOST is the time that forwarding takes, \
            and PAYS FROM is the gain from which on the program is faster than on Linux. Then: \
            which calls to handle locally next so that the speedup gains most.

            The gain says how many times as fast the specialized OS computes. Unless you give it, \
            it is 1.04, the least that others have measured (section 5.3).\
            """)
        .argument("TRACE", TraceInput.HELP)
        .option("--gain", "FACTOR", "the gain γ (default 1.04)")
        .option("--chart", "FILE", "draw the speedups, too: .svg or .png");
    SpeedupOptions.describe(page)
        .json()
        .example("See what a program would gain", "speedup project trace.json")
        .example("The same as a chart", "speedup project trace.json --chart speedup.svg")
        .example(
            "In one mode, if it computes 10 % faster there",
            "speedup project trace.json --mode partitioned-vm --gain 1.1")
        .example(
            "On a system of which you know the round trip, and what it forwards",
            "speedup project trace.json --round-trip 6.28us --forward read,write,openat")
        .example(
            "Forwarding the 90 % of the calls that are made least",
            "speedup project trace.json --forward min-frequency --share 90%")
        .example(
            "The first call to port, for a script",
            "speedup project trace.json --json | jq -r '.systems[0].porting[0].syscall'");
  }

  @Override
  public int run(Given given, Shell shell) {
    Trace trace = TraceInput.read(given.required(0), shell);
    SpeedupOptions options = SpeedupOptions.of(given, shell);
    double gain = options.gain();
    List<SpeedupTarget> targets = options.targets(trace);
    given
        .value("--chart")
        .ifPresent(file -> ChartFile.write(chart(trace, gain, targets), shell.path(file)));
    if (given.wantsJson()) {
      shell.printJson(tree(trace, gain, targets));
      return 0;
    }
    shell.println(title(trace));
    shell.println(
        "gain γ = " + number(gain) + (given.has("--gain") ? "" : ", an estimate; see --gain"));
    shell.println("");
    shell.print(table(trace, gain, targets));
    shell.println("");
    printPorting(trace, gain, targets.getFirst(), targets.size() > 1, shell);
    return 0;
  }

  /** One line that says what was traced. */
  static String title(Trace trace) {
    String command = trace.command().isEmpty() ? "trace" : String.join(" ", trace.command());
    Split all = Split.of(trace, Set.of());
    return Plain.line(command)
        + ": "
        + Quantity.nanos(all.nativeNanos())
        + ", "
        + Quantity.percent(all.systemShare())
        + " of it in "
        + String.format(Locale.ROOT, "%,d", trace.calls())
        + " system calls, "
        + trace.syscalls().size()
        + " different ones ("
        + Plain.line(trace.recorder())
        + ")";
  }

  private static Table table(Trace trace, double gain, List<SpeedupTarget> targets) {
    Table table =
        new Table()
            .text("SYSTEM")
            .number("ROUND TRIP")
            .number("FORWARDED")
            .number("CALLS")
            .number("NAIVE")
            .number("REFINED")
            .number("LOST")
            .number("PAYS FROM")
            .prose("FORWARDS");
    for (SpeedupTarget target : targets) {
      Split split = target.split(trace);
      table.row(
          target.name(),
          Quantity.nanos(target.roundTripNanos()),
          target.forwarded().size() + " of " + trace.syscalls().size(),
          String.format(Locale.ROOT, "%,d", split.forwardedCalls()),
          number(split.naiveSpeedup(gain)),
          number(split.speedup(gain, target.roundTripNanos())),
          Quantity.nanos(split.forwardingNanos(target.roundTripNanos())),
          words(split.gainFor(1, target.roundTripNanos())),
          target.rule());
    }
    return table;
  }

  private static Chart chart(Trace trace, double gain, List<SpeedupTarget> targets) {
    List<Double> naive = new ArrayList<>();
    List<Double> refined = new ArrayList<>();
    List<Double> ported = new ArrayList<>();
    for (SpeedupTarget target : targets) {
      Split split = target.split(trace);
      naive.add(split.naiveSpeedup(gain));
      refined.add(split.speedup(gain, target.roundTripNanos()));
      List<PortingStep> steps = porting(trace, gain, target);
      ported.add(steps.isEmpty() ? Double.NaN : steps.getFirst().speedup());
    }
    return new Chart.Bars(
        "Speedup at gain γ = " + number(gain),
        new Chart.Axis("speedup", false),
        targets.stream().map(SpeedupTarget::name).toList(),
        List.of(
            new Chart.Group("naive", naive),
            new Chart.Group("refined", refined),
            new Chart.Group("refined, the first call of the list ported", ported)),
        OptionalDouble.of(1));
  }

  private static void printPorting(
      Trace trace, double gain, SpeedupTarget target, boolean oneOfSeveral, Shell shell) {
    List<PortingStep> steps = porting(trace, gain, target);
    if (steps.isEmpty()) {
      shell.println(target.name() + " forwards none of these calls.");
      return;
    }
    shell.println(
        Style.BOLD.of("What to port first, on " + target.name(), shell.colorOut())
            + (oneOfSeveral ? " (others with --mode or --round-trip, or --json):" : ":"));
    shell.println("");
    Table table = new Table().text("CALL").number("CALLS").number("SAVES").number("SPEEDUP");
    table.row("", "", "", number(target.split(trace).speedup(gain, target.roundTripNanos())));
    for (PortingStep step : steps.subList(0, Math.min(MOST_STEPS, steps.size()))) {
      table.row(
          step.syscall(),
          String.format(Locale.ROOT, "%,d", step.calls()),
          Quantity.nanos(step.savedNanos()),
          number(step.speedup()));
    }
    shell.print(table);
    if (steps.size() > MOST_STEPS) {
      shell.println(
          "… and "
              + (steps.size() - MOST_STEPS)
              + " more, up to "
              + number(steps.getLast().speedup())
              + "; --json has them all");
    }
  }

  private static List<PortingStep> porting(Trace trace, double gain, SpeedupTarget target) {
    return PortingStep.all(
        trace, target.forwarded(), target.localNanos(), gain, target.roundTripNanos());
  }

  /** A speedup or a gain as people read it: four digits after the point, fewer of a large one. */
  static String number(double factor) {
    return String.format(Locale.ROOT, factor < 100 ? "%.4f" : "%,.0f", factor);
  }

  /** Where a break-even point is. */
  static String words(BreakEven point) {
    return switch (point) {
      case BreakEven.At(double gain) -> number(gain);
      case BreakEven.Always() -> "always";
      case BreakEven.Never() -> "never";
    };
  }

  private static Map<String, Object> tree(Trace trace, double gain, List<SpeedupTarget> targets) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("command", trace.command());
    Split all = Split.of(trace, Set.of());
    tree.put("native_ns", all.nativeNanos());
    tree.put("service_ns", all.serviceNanos());
    tree.put("calls", trace.calls());
    tree.put("gain", gain);
    tree.put("systems", targets.stream().map(target -> tree(trace, gain, target)).toList());
    return tree;
  }

  private static Map<String, Object> tree(Trace trace, double gain, SpeedupTarget target) {
    Split split = target.split(trace);
    double roundTrip = target.roundTripNanos();
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("system", target.name());
    tree.put("round_trip_ns", roundTrip);
    tree.put("forwards", target.rule());
    tree.put("forwarded", target.forwarded().stream().sorted().toList());
    tree.put("forwarded_calls", split.forwardedCalls());
    tree.put("system_share", split.systemShare());
    tree.put("naive_speedup", split.naiveSpeedup(gain));
    tree.put("refined_speedup", split.speedup(gain, roundTrip));
    tree.put("forwarding_ns", split.forwardingNanos(roundTrip));
    tree.put("pays_from_gain", value(split.gainFor(1, roundTrip)));
    tree.put("pays_up_to_round_trip_ns", value(split.roundTripFor(1, gain)));
    tree.put(
        "porting",
        porting(trace, gain, target).stream()
            .map(
                step -> {
                  Map<String, Object> one = new LinkedHashMap<>();
                  one.put("syscall", step.syscall());
                  one.put("calls", step.calls());
                  one.put("saved_ns", step.savedNanos());
                  one.put("speedup", step.speedup());
                  return one;
                })
            .toList());
    return tree;
  }

  /** A number where there is one; else the word, as a program can tell them apart. */
  static Object value(BreakEven point) {
    return point instanceof BreakEven.At(double value) ? value : words(point);
  }
}
