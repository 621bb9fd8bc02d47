package dev.diver.cli.command;

import dev.diver.cli.output.Style;
import dev.diver.deploy.pipeline.PipelinePlan;
import dev.diver.deploy.pipeline.Schedule.Placed;
import dev.diver.deploy.pipeline.Task;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** A plan as lines of text: a row for each core that is used, with the stages that run on it. */
final class GanttText {

  private static final int LEAST_BARS = 20;
  private static final String SHARED = "-";

  /** What is in a row: a task from one column to another, the last one not included. */
  private record Bar(Task task, int from, int to, boolean critical) {}

  /** A row, and what it is called. */
  record Row(String name, List<Integer> tasks) {}

  private final PipelinePlan plan;
  private final List<Row> rows;
  private final int margin;
  private final int columns;

  /** For a terminal of so many columns. */
  GanttText(PipelinePlan plan, int width) {
    this.plan = plan;
    this.rows = rows(plan);
    this.margin =
        1
            + Math.max(
                "core".length(), rows.stream().mapToInt(row -> row.name.length()).max().orElse(0));
    this.columns = Math.max(LEAST_BARS, width - margin - 1);
  }

  /** A row for each core that is used, then as many as tasks without a core of their own need. */
  static List<Row> rows(PipelinePlan plan) {
    List<Row> rows = new ArrayList<>();
    Set<Integer> cores = new TreeSet<>();
    plan.placed().forEach(placed -> cores.addAll(placed.cores()));
    for (int core : cores) {
      rows.add(
          new Row(
              Integer.toString(core),
              expected(plan).stream()
                  .filter(task -> plan.placed().get(task).cores().contains(core))
                  .toList()));
    }
    List<Row> shared = new ArrayList<>();
    for (int task : expected(plan)) {
      Placed placed = plan.placed().get(task);
      if (placed.cores().isEmpty()) {
        shared.stream()
            .filter(row -> plan.placed().get(row.tasks.getLast()).end() <= placed.start())
            .findFirst()
            .orElseGet(
                () -> {
                  shared.add(new Row(SHARED, new ArrayList<>()));
                  return shared.getLast();
                })
            .tasks
            .add(task);
      }
    }
    rows.addAll(shared);
    return rows;
  }

  private static List<Integer> expected(PipelinePlan plan) {
    return IntStream.range(0, plan.placed().size())
        .boxed()
        .filter(task -> plan.graph().tasks().get(task).expected())
        .sorted(Comparator.comparingLong(task -> plan.placed().get(task).start()))
        .toList();
  }

  /** The lines, each with its end. */
  String render(boolean color) {
    Set<Integer> critical = new HashSet<>(plan.criticalPath());
    StringBuilder text = new StringBuilder();
    text.append(Style.BOLD.of(left("core", margin), color)).append(scale()).append('\n');
    for (Row row : rows) {
      StringBuilder line = new StringBuilder(left(row.name, margin));
      int at = 0;
      for (Bar bar : bars(row, critical)) {
        line.append(" ".repeat(Math.max(0, bar.from - at)));
        String drawn = drawn(bar);
        line.append(bar.critical ? Style.YELLOW.of(drawn, color) : drawn);
        at = bar.to;
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }

  /** Each at least one column wide, and none over another. */
  private List<Bar> bars(Row row, Set<Integer> critical) {
    List<Bar> bars = new ArrayList<>();
    int at = 0;
    for (int task : row.tasks) {
      Placed placed = plan.placed().get(task);
      int from = Math.max(at, Math.min(columns - 1, column(placed.start())));
      int to = Math.max(from + 1, column(placed.end()));
      if (to <= columns) {
        bars.add(new Bar(plan.graph().tasks().get(task), from, to, critical.contains(task)));
        at = to;
      }
    }
    return bars;
  }

  private int column(long millis) {
    return plan.makespan() == 0 ? 0 : (int) Math.round((double) millis * columns / plan.makespan());
  }

  /** Those of the critical path are drawn with double lines. */
  private static String drawn(Bar bar) {
    int width = bar.to - bar.from;
    if (width == 1) {
      return "|";
    }
    String name = bar.task.name();
    int room = width - 2;
    String shown = name.length() <= room ? name : room > 1 ? name.substring(0, room - 1) + "…" : "";
    return "[" + shown + (bar.critical ? "=" : "-").repeat(room - shown.length()) + "]";
  }

  private String scale() {
    String start = ComposePlan.seconds(0);
    String end = ComposePlan.seconds(plan.makespan());
    String half = ComposePlan.seconds(plan.makespan() / 2);
    int before = columns / 2 - start.length() - half.length() / 2;
    int after = columns - start.length() - before - half.length() - end.length();
    return before < 1 || after < 1
        ? start + " ".repeat(Math.max(1, columns - start.length() - end.length())) + end
        : start + " ".repeat(before) + half + " ".repeat(after) + end;
  }

  private static String left(String text, int width) {
    return text + " ".repeat(Math.max(1, width - text.length()));
  }
}
