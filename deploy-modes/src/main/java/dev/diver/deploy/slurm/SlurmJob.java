package dev.diver.deploy.slurm;

import dev.diver.deploy.pipeline.Condition;
import dev.diver.deploy.pipeline.Edge;
import dev.diver.deploy.pipeline.Pipeline;
import dev.diver.deploy.pipeline.Stage;
import dev.diver.deploy.pipeline.Task;
import dev.diver.deploy.pipeline.TaskGraph;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.Collectors;

/**
 * What is submitted at once: a gang, or, as an array, the gangs of scattered stages that run for
 * the same items.
 *
 * @param name of the stages
 * @param base what the number of an array's member is added to for the number of its gang
 * @param gangs by their tasks; a gang has the number of its first task
 * @param array whether it is submitted as an array, be it of one member
 * @param cpus of a gang
 * @param memory of a gang, in bytes; 0 where nobody has said
 * @param minutes that a gang may take; empty where nobody has said
 * @param retried whether a gang may run again where its node fails
 * @param after what it waits for
 */
record SlurmJob(
    String name,
    int base,
    List<List<Integer>> gangs,
    boolean array,
    int cpus,
    long memory,
    Optional<Long> minutes,
    boolean retried,
    Set<After> after) {

  /** How another job has to have ended (sbatch(1), --dependency). */
  enum Kind {
    OK("afterok"),
    NOT_OK("afternotok"),
    ANY("afterany"),
    /** The member of an array with the same number. */
    SAME_OK("aftercorr");

    private final String word;

    Kind(String word) {
      this.word = word;
    }

    @Override
    public String toString() {
      return word;
    }
  }

  /** Another job, by its place in the list, and how it has to have ended. */
  record After(Kind kind, int job) {}

  /** For ends that are told of and files that are closed. */
  private static final long SPARE_MILLIS = 60_000;

  private static final long MINUTE = 60_000;

  /**
   * What a dive takes beside its machine's memory, in bytes: Diver, the hypervisor and what serves
   * the machine, 150 MiB with software emulation where no start-up cache helps Java.
   */
  private static final long BESIDE_A_MACHINE = 256L << 20;

  /**
   * The jobs of these gangs, each after those that it waits for.
   *
   * @param gangs that are to run; what others of the graph leave is there already
   * @param longestArray the number that those of an array's members stay below
   */
  static List<SlurmJob> of(
      Pipeline pipeline, TaskGraph graph, List<List<Integer>> gangs, int longestArray) {
    return new Making(pipeline, graph, gangs, longestArray).jobs();
  }

  /** The members' numbers, as sbatch(1) has them. */
  String indices() {
    return gangs.stream()
        .map(gang -> Integer.toString(gang.getFirst() - base))
        .collect(Collectors.joining(","));
  }

  private static final class Making {
    private final Pipeline pipeline;
    private final TaskGraph graph;
    private final int longestArray;
    private final Map<String, List<List<Integer>>> groups = new LinkedHashMap<>();
    private final Map<Integer, String> groupOf = new HashMap<>(); // by task
    private final Map<Integer, List<Edge>> into = new HashMap<>();
    private final Map<String, Integer> placed = new HashMap<>();
    private final List<SlurmJob> jobs = new ArrayList<>();

    Making(Pipeline pipeline, TaskGraph graph, List<List<Integer>> gangs, int longestArray) {
      this.pipeline = pipeline;
      this.graph = graph;
      this.longestArray = longestArray;
      for (List<Integer> gang : gangs) {
        String key = key(gang);
        groups.computeIfAbsent(key, _ -> new ArrayList<>()).add(gang);
        gang.forEach(task -> groupOf.put(task, key));
      }
      for (Edge edge : graph.edges()) {
        into.computeIfAbsent(edge.to(), _ -> new ArrayList<>()).add(edge);
      }
    }

    List<SlurmJob> jobs() {
      groups.keySet().forEach(this::place);
      return List.copyOf(jobs);
    }

    private Task task(int number) {
      return graph.tasks().get(number);
    }

    /** Gangs of the same stages, each for one item, are members of an array. */
    private String key(List<Integer> gang) {
      boolean scattered =
          gang.stream().allMatch(task -> task(task).item().isPresent())
              && gang.stream().map(task -> task(task).stage()).distinct().count() == gang.size()
              && gang.stream().mapToInt(task -> task(task).index()).distinct().count() == 1;
      return scattered
          ? stages(gang) + "/" + task(gang.getFirst()).index() / longestArray
          : "#" + gang.getFirst();
    }

    private String stages(List<Integer> gang) {
      return gang.stream()
          .map(task -> task(task).stage())
          .distinct()
          .collect(Collectors.joining("+"));
    }

    /** After all that it waits for. */
    private void place(String key) {
      if (placed.containsKey(key)) {
        return;
      }
      List<List<Integer>> gangs = Optional.ofNullable(groups.get(key)).orElseThrow();
      Set<String> before = new LinkedHashSet<>();
      gangs.forEach(gang -> edgesInto(gang).forEach(edge -> before.add(group(edge.from()))));
      before.forEach(this::place);
      placed.put(key, jobs.size());
      jobs.add(job(key, gangs));
    }

    /** From gangs that are to run, other than this one. */
    private List<Edge> edgesInto(List<Integer> gang) {
      return gang.stream()
          .flatMap(task -> into.getOrDefault(task, List.of()).stream())
          .filter(edge -> groupOf.containsKey(edge.from()) && !gang.contains(edge.from()))
          .toList();
    }

    private String group(int task) {
      return Optional.ofNullable(groupOf.get(task)).orElseThrow();
    }

    private SlurmJob job(String key, List<List<Integer>> gangs) {
      List<Integer> first = gangs.getFirst();
      boolean array = !key.startsWith("#");
      List<Stage> stages = first.stream().map(t -> pipeline.stage(task(t).stage())).toList();
      Set<After> after = new LinkedHashSet<>();
      gangs.forEach(gang -> edgesInto(gang).forEach(edge -> after.add(after(edge, gangs))));
      return new SlurmJob(
          stages(first),
          array ? first.getFirst() - task(first.getFirst()).index() % longestArray : 0,
          gangs,
          array,
          Math.max(1, first.stream().mapToInt(t -> task(t).cores()).sum()),
          first.stream().mapToLong(this::memory).sum(),
          minutes(stages),
          stages.stream().anyMatch(stage -> stage.retries() > 0),
          after);
    }

    private long memory(int number) {
      Task task = task(number);
      return task.memory() + (pipeline.stage(task.stage()).isDive() ? BESIDE_A_MACHINE : 0);
    }

    private After after(Edge edge, List<List<Integer>> gangs) {
      int job = Optional.ofNullable(placed.get(group(edge.from()))).orElseThrow();
      SlurmJob before = jobs.get(job);
      return new After(
          edge.kind() == Edge.Kind.FILE
              ? isSame(edge, before, gangs) ? Kind.SAME_OK : Kind.OK
              : kind(edge, before),
          job);
    }

    /** Whether each member is fed by the one of the same item alone. */
    private boolean isSame(Edge edge, SlurmJob before, List<List<Integer>> gangs) {
      List<Integer> readers =
          gangs.stream().filter(gang -> gang.contains(edge.to())).findFirst().orElseThrow();
      boolean all =
          edgesInto(readers).stream()
              .filter(other -> other.kind() == Edge.Kind.FILE)
              .filter(other -> group(other.from()).equals(group(edge.from())))
              .allMatch(other -> task(other.from()).index() == task(other.to()).index());
      return all && before.array && before.indexes(this::task).equals(indexes(gangs, this::task));
    }

    /**
     * What says most of what Slurm can be told of a condition; the job's script sees whether all of
     * it holds. Of several tasks in one job Slurm knows the end of all together.
     */
    private Kind kind(Edge edge, SlurmJob before) {
      Condition condition =
          Optional.ofNullable(
                  pipeline.waitsFor(task(edge.to()).stage()).get(task(edge.from()).stage()))
              .orElseThrow();
      boolean alone = !before.array && before.gangs.getFirst().size() == 1;
      if (condition.skipped()) {
        return Kind.ANY;
      }
      if (condition.holds(0) && condition.statuses().stream().allMatch(range -> range.to() == 0)) {
        return Kind.OK;
      }
      return alone && !condition.holds(0) ? Kind.NOT_OK : Kind.ANY;
    }

    /** All tries of a gang, which ends as soon as the time of one of its stages is over. */
    private static Optional<Long> minutes(List<Stage> stages) {
      if (stages.stream().anyMatch(stage -> stage.timeout().isEmpty())) {
        return Optional.empty();
      }
      long longest =
          stages.stream()
              .mapToLong(stage -> stage.timeout().orElseThrow().millis())
              .max()
              .orElse(0);
      int tries = 1 + stages.stream().mapToInt(Stage::retries).max().orElse(0);
      return Optional.of(Math.ceilDiv(tries * longest + SPARE_MILLIS, MINUTE));
    }
  }

  private Set<Integer> indexes(IntFunction<Task> task) {
    return indexes(gangs, task);
  }

  private static Set<Integer> indexes(List<List<Integer>> gangs, IntFunction<Task> task) {
    return gangs.stream()
        .map(gang -> task.apply(gang.getFirst()).index())
        .collect(Collectors.toSet());
  }
}
