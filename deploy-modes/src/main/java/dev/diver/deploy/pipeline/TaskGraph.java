package dev.diver.deploy.pipeline;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * A pipeline with every run of every stage.
 *
 * @param tasks in the order of the file
 * @param edges between them, by their numbers
 */
public record TaskGraph(List<Task> tasks, List<Edge> edges) {

  /** What a task is reckoned with whose stage has no estimate. */
  public static final long ASSUMED_MILLIS = 1000;

  public TaskGraph {
    tasks = List.copyOf(tasks);
    edges = List.copyOf(edges);
  }

  /** The graph of a pipeline that was checked. */
  public static TaskGraph of(Pipeline pipeline) {
    return new Expansion(pipeline).graph();
  }

  /** A text of a task's stage with the task's item in it; names of ports stay as they are. */
  static String filled(String text, int index, String item) {
    return Expressions.filled(
        text,
        name ->
            switch (name) {
              case Expressions.ITEM -> item;
              case Expressions.INDEX -> Integer.toString(index);
              default -> "${{ " + name + " }}";
            });
  }

  /**
   * The tasks that run at once, since streams join them: each is in one gang. Gangs and their tasks
   * are in the order of the file.
   */
  public List<List<Integer>> gangs() {
    int[] first = IntStream.range(0, tasks.size()).toArray();
    for (Edge edge : edges) {
      if (edge.kind() == Edge.Kind.STREAM) {
        int one = root(first, edge.from());
        int other = root(first, edge.to());
        first[Math.max(one, other)] = Math.min(one, other);
      }
    }
    Map<Integer, List<Integer>> gangs = new LinkedHashMap<>();
    for (int task = 0; task < first.length; task++) {
      gangs.computeIfAbsent(root(first, task), _ -> new ArrayList<>()).add(task);
    }
    return List.copyOf(gangs.values());
  }

  /** The same with better estimates, where there are any, for tasks whose stage gives none. */
  TaskGraph estimated(Function<Task, Optional<Estimate>> better) {
    return new TaskGraph(
        tasks.stream()
            .map(
                task ->
                    task.estimate().source() == Estimate.Source.GIVEN
                        ? task
                        : better.apply(task).map(task::with).orElse(task))
            .toList(),
        edges);
  }

  /** Whether an output of a task is read while it is written. */
  public boolean streams(int task) {
    return edges.stream().anyMatch(edge -> edge.from() == task && edge.kind() == Edge.Kind.STREAM);
  }

  /** The runs of a stage. */
  public List<Integer> tasksOf(String stage) {
    return IntStream.range(0, tasks.size())
        .filter(task -> tasks.get(task).stage().equals(stage))
        .boxed()
        .toList();
  }

  private static int root(int[] first, int task) {
    int at = task;
    while (first[at] != at) {
      first[at] = first[first[at]]; // so that the way is short the next time
      at = first[at];
    }
    return at;
  }

  /** Makes tasks of stages and edges of inputs. */
  private static final class Expansion {
    private final Pipeline pipeline;
    private final Map<String, Integer> firstTask = new HashMap<>();
    private final Map<String, Boolean> expected = new HashMap<>();
    private final List<Task> tasks = new ArrayList<>();
    private final List<Edge> edges = new ArrayList<>();

    Expansion(Pipeline pipeline) {
      this.pipeline = pipeline;
    }

    TaskGraph graph() {
      pipeline.stages().forEach(this::tasks);
      pipeline.stages().forEach(this::edges);
      return new TaskGraph(tasks, edges);
    }

    private int runs(String stage) {
      return Math.max(1, pipeline.items(stage).size());
    }

    private void tasks(String name, Stage stage) {
      firstTask.put(name, tasks.size());
      Demand demand = Demand.of(pipeline, stage);
      List<String> items = pipeline.items(name);
      for (int i = 0; i < runs(name); i++) {
        boolean once = items.isEmpty();
        tasks.add(
            new Task(
                once ? name : name + "[" + i + "]",
                name,
                i,
                once ? Optional.empty() : Optional.of(items.get(i)),
                demand.mode(),
                demand.cores(),
                demand.named(),
                demand.memory(),
                stage
                    .estimate()
                    .map(time -> new Estimate(time.millis(), Estimate.Source.GIVEN))
                    .orElse(new Estimate(ASSUMED_MILLIS, Estimate.Source.ASSUMED)),
                isExpected(name)));
      }
    }

    /** Whether a stage runs where every stage that runs succeeds. */
    private boolean isExpected(String name) {
      Boolean known = expected.get(name);
      if (known != null) {
        return known;
      }
      boolean runs =
          pipeline.fedBy(name).stream().allMatch(this::isExpected)
              && pipeline.waitsFor(name).entrySet().stream()
                  .allMatch(
                      wait ->
                          isExpected(wait.getKey())
                              ? wait.getValue().holds(0)
                              : wait.getValue().skipped());
      expected.put(name, runs);
      return runs;
    }

    private void edges(String name, Stage stage) {
      for (Stage.Input input : stage.allInputs()) {
        for (Source source : input.feed().sources()) {
          if (!source.isFile()) {
            join(
                source.owner(),
                source.output(),
                name,
                input.name(),
                pipeline.kind(input, source),
                input.feed().many());
          }
        }
      }
      for (String other : pipeline.waitsFor(name).keySet()) {
        join(other, "", name, "", Edge.Kind.ORDER, true);
      }
    }

    /** Item to item where both have the same, unless the reader gathers; else all to all. */
    private void join(
        String from, String output, String to, String input, Edge.Kind kind, boolean gathers) {
      boolean aligned =
          !gathers
              && pipeline.scattered(from).isPresent()
              && pipeline.scattered(from).equals(pipeline.scattered(to));
      for (int reader = 0; reader < runs(to); reader++) {
        for (int writer = 0; writer < runs(from); writer++) {
          if (!aligned || reader == writer) {
            edges.add(new Edge(task(from, writer), output, task(to, reader), input, kind));
          }
        }
      }
    }

    private int task(String stage, int run) {
      return Optional.ofNullable(firstTask.get(stage)).orElseThrow() + run;
    }
  }
}
