package dev.diver.cli.command;

import dev.diver.cli.output.Quantity;
import dev.diver.cli.output.Shell;
import dev.diver.cli.output.Style;
import dev.diver.cli.output.Table;
import dev.diver.deploy.chart.ChartFile;
import dev.diver.deploy.pipeline.Estimate;
import dev.diver.deploy.pipeline.Pipeline;
import dev.diver.deploy.pipeline.PipelinePlan;
import dev.diver.deploy.pipeline.Schedule.Placed;
import dev.diver.deploy.pipeline.Task;
import dev.diver.deploy.pipeline.TaskGraph;
import dev.diver.kernels.spec.CpuList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** {@code diver compose plan}. */
final class ComposePlan implements Verb {

  private static final int USUAL_WIDTH = 80;

  @Override
  public void describe(Page page) {
    page.description(
            """
            Says when each stage of a pipeline runs and on which cores, before anything starts: \
            never two stages on the same core, and as many at once as cores and memory allow. \
            Stages that a stream joins run at once, for as long as the slowest of them; a file is \
            read when its writer has ended. Each stage succeeds, and takes as long as its estimate \
            says; where it has none, as a former run of it took; else what the speedup model makes \
            of its trace, where it names one; else 1 s.

            The lower bound is what no plan can be shorter than: the time of the longest path \
            through the stages, or that of all the work on all the cores.

            The whole of the file is checked first: cycles, what feeds what, what there is on this \
            machine.\
            """)
        .optionalArgument(ComposeInput.FILE, ComposeInput.FILE_HELP);
    ComposeInput.capacityOptions(page)
        .option("--svg", "FILE", "draw the plan, too: .svg or .png")
        .json()
        .example("Plan the pipeline in this folder", "compose plan")
        .example("See what eight cores would gain", "compose plan --cpus 8 pipeline.toml")
        .example("Draw it", "compose plan --svg plan.svg");
  }

  @Override
  public int run(Given given, Shell shell) {
    Optional<String> drawing = given.value("--svg");
    drawing.ifPresent(ComposePlan::checkDrawing);
    ComposeInput.Planned planned = ComposeInput.planned(given, shell);
    Pipeline pipeline = planned.pipeline();
    PipelinePlan plan = planned.plan();
    drawing.ifPresent(file -> ChartFile.write(PlanDrawing.chart(pipeline, plan), shell.path(file)));
    if (given.wantsJson()) {
      shell.printJson(PlanDrawing.tree(planned));
      return 0;
    }
    print(planned, shell);
    return 0;
  }

  static void checkDrawing(String file) {
    if (!ChartFile.isOne(java.nio.file.Path.of(file))) {
      throw new UsageException(
          "\"" + file + "\" does not say how it is to be drawn.",
          "Give --svg a name that ends in .svg or .png.");
    }
  }

  private static void print(ComposeInput.Planned planned, Shell shell) {
    PipelinePlan plan = planned.plan();
    List<Task> tasks = plan.graph().tasks();
    List<Integer> order =
        IntStream.range(0, tasks.size())
            .boxed()
            .filter(i -> tasks.get(i).expected())
            .sorted(Comparator.comparingLong(i -> plan.placed().get(i).start()))
            .toList();
    Set<Integer> critical = new HashSet<>(plan.criticalPath());
    Table table =
        new Table()
            .prose("STAGE")
            .text("MODE")
            .text("CORES")
            .number("MEMORY")
            .number("START")
            .number("END")
            .text("ESTIMATE")
            .text("");
    for (int i : order) {
      Task task = tasks.get(i);
      Placed placed = plan.placed().get(i);
      table.row(
          task.name(),
          task.mode().orElse("-"),
          cores(placed.cores()),
          task.memory() == 0 ? "-" : Quantity.bytes(task.memory()),
          seconds(placed.start()),
          seconds(placed.end()),
          task.estimate().source().toString(),
          critical.contains(i) ? "critical" : "");
    }
    shell.print(table);
    shell.println("");
    int width =
        shell.terminals().out() ? shell.terminals().columns().orElse(USUAL_WIDTH) : USUAL_WIDTH;
    shell.print(new GanttText(plan, width).render(shell.colorOut()));
    shell.println("");
    summary(plan, shell);
    planned.reasons().forEach((stage, why) -> note(shell, "mode", stage + ": " + why));
  }

  private static void summary(PipelinePlan plan, Shell shell) {
    int cores = plan.capacity().cores().size();
    List<Task> tasks = plan.graph().tasks();
    note(
        shell,
        "makespan",
        "%s, %s the lower bound".formatted(seconds(plan.makespan()), ratio(plan)));
    note(
        shell,
        "lower bound",
        "%s: critical path %s, work on %s %s"
            .formatted(
                seconds(plan.lowerBound()),
                seconds(plan.criticalMillis()),
                cores == 1 ? "1 core" : cores + " cores",
                seconds(Math.ceilDiv(plan.work(), cores))));
    note(
        shell,
        "critical path",
        plan.criticalPath().stream()
            .map(task -> tasks.get(task).name())
            .collect(Collectors.joining(" -> ")));
    List<String> not =
        tasks.stream().filter(task -> !task.expected()).map(Task::stage).distinct().toList();
    if (!not.isEmpty()) {
      note(
          shell,
          "not expected",
          String.join(", ", not) + " (where all succeeds, its condition is not met)");
    }
    List<String> assumed =
        tasks.stream()
            .filter(task -> task.expected() && task.estimate().source() == Estimate.Source.ASSUMED)
            .map(Task::stage)
            .distinct()
            .toList();
    if (!assumed.isEmpty()) {
      note(
          shell,
          "assumed",
          "%s each for %s; write estimate = \"TIME\" to say better"
              .formatted(seconds(TaskGraph.ASSUMED_MILLIS), String.join(", ", assumed)));
    }
  }

  private static void note(Shell shell, String name, String words) {
    String padded = String.format(Locale.ROOT, "%-13s", name);
    shell.println(Style.BOLD.of(padded, shell.colorOut()) + "  " + words);
  }

  private static String ratio(PipelinePlan plan) {
    return plan.lowerBound() == 0
        ? "1.00x"
        : String.format(Locale.ROOT, "%.2fx", (double) plan.makespan() / plan.lowerBound());
  }

  /** As a list of cores says it. */
  static String cores(List<Integer> ascending) {
    if (ascending.isEmpty()) {
      return "-";
    }
    return ascending.size() == 1
        ? ascending.getFirst().toString() // core 4, where a list would say 4-4
        : new CpuList(ascending.size(), ascending).toString();
  }

  /** In seconds with as many digits as tell something. */
  static String seconds(long millis) {
    if (millis < 600_000) {
      return (millis % 1000 == 0
              ? Long.toString(millis / 1000)
              : String.format(Locale.ROOT, millis < 10_000 ? "%.2f" : "%.1f", millis / 1e3))
          + " s";
    }
    long minutes = millis / 60_000;
    return minutes < 120 ? minutes + " min" : String.format(Locale.ROOT, "%.1f h", millis / 3.6e6);
  }
}
