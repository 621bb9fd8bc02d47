package dev.diver.cli.command;

import dev.diver.deploy.chart.Chart;
import dev.diver.deploy.pipeline.Pipeline;
import dev.diver.deploy.pipeline.PipelinePlan;
import dev.diver.deploy.pipeline.Schedule.Placed;
import dev.diver.deploy.pipeline.Task;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** A plan as a chart, and as data for programs. */
final class PlanDrawing {

  private static final long MINUTES_FROM = 600_000;
  private static final long HOURS_FROM = 7_200_000;

  private PlanDrawing() {}

  static Chart chart(Pipeline pipeline, PipelinePlan plan) {
    double unit = plan.makespan() < MINUTES_FROM ? 1e3 : plan.makespan() < HOURS_FROM ? 6e4 : 3.6e6;
    String name = unit == 1e3 ? "s" : unit == 6e4 ? "min" : "h";
    List<GanttText.Row> rows = GanttText.rows(plan);
    List<String> stages = List.copyOf(pipeline.stages().keySet());
    Set<Integer> critical = new HashSet<>(plan.criticalPath());
    List<Chart.Block> blocks = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      for (int number : rows.get(i).tasks()) {
        // one block over neighbouring rows, which the first of them draws
        if (i > 0 && rows.get(i - 1).tasks().contains(number)) {
          continue;
        }
        int height = 1;
        while (i + height < rows.size() && rows.get(i + height).tasks().contains(number)) {
          height++;
        }
        Task task = plan.graph().tasks().get(number);
        Placed placed = plan.placed().get(number);
        blocks.add(
            new Chart.Block(
                task.name(),
                i,
                height,
                placed.start() / unit,
                placed.end() / unit,
                stages.indexOf(task.stage()),
                critical.contains(number)));
      }
    }
    return new Chart.Gantt(
        "%s: %s; lower bound %s"
            .formatted(
                pipeline.name(),
                ComposePlan.seconds(plan.makespan()),
                ComposePlan.seconds(plan.lowerBound())),
        new Chart.Axis("time (" + name + "); the critical path has a bold frame", false),
        "core",
        rows.stream().map(GanttText.Row::name).toList(),
        blocks);
  }

  static Map<String, Object> tree(ComposeInput.Planned planned) {
    PipelinePlan plan = planned.plan();
    List<Task> tasks = plan.graph().tasks();
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("pipeline", planned.pipeline().name());
    tree.put("cores", plan.capacity().cores());
    tree.put("memory_bytes", plan.capacity().memory());
    tree.put("makespan_ms", plan.makespan());
    tree.put("lower_bound_ms", plan.lowerBound());
    tree.put("critical_path_ms", plan.criticalMillis());
    tree.put("work_core_ms", plan.work());
    tree.put(
        "critical_path", plan.criticalPath().stream().map(task -> tasks.get(task).name()).toList());
    tree.put("mode_reasons", planned.reasons());
    tree.put(
        "tasks",
        IntStream.range(0, tasks.size())
            .mapToObj(i -> tree(tasks.get(i), plan.placed().get(i)))
            .toList());
    tree.put(
        "edges",
        plan.graph().edges().stream()
            .map(
                edge -> {
                  Map<String, Object> one = new LinkedHashMap<>();
                  one.put("from", tasks.get(edge.from()).name());
                  one.put("output", edge.output());
                  one.put("to", tasks.get(edge.to()).name());
                  one.put("input", edge.input());
                  one.put("kind", edge.kind().toString());
                  return one;
                })
            .toList());
    return tree;
  }

  private static Map<String, Object> tree(Task task, Placed placed) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("name", task.name());
    tree.put("stage", task.stage());
    tree.put("item", task.item());
    tree.put("mode", task.mode());
    tree.put("expected", task.expected());
    tree.put("cores", placed.cores());
    tree.put("memory_bytes", task.memory());
    tree.put("start_ms", placed.start());
    tree.put("end_ms", placed.end());
    tree.put("estimate_ms", task.millis());
    tree.put("estimate_from", task.estimate().source().toString());
    return tree;
  }
}
