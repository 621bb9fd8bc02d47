package dev.diver.deploy.pipeline;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How far a run of a pipeline is: which tasks wait, run, have ended or will never run, and what
 * follows of that. It starts nothing and knows nothing of machines; one thread has it.
 *
 * <p>Where a task fails that no stage's condition reckons with, {@link #isStopping} holds from then
 * on, and only stages are ready that run {@code always}.
 */
public final class PipelineState {

  /** Status of what a deadline has ended, as of timeout(1). */
  public static final int TIMED_OUT = 124;

  /** Of a process that SIGPIPE has ended: its reader has had enough. */
  private static final int READER_GONE = 128 + 13;

  private enum State {
    WAITING,
    RUNNING,
    ENDED,
    /** Has succeeded in an earlier run. */
    REUSED,
    SKIPPED
  }

  private enum Chance {
    READY,
    LATER,
    NEVER
  }

  private final Pipeline pipeline;
  private final TaskGraph graph;
  private final List<List<Integer>> waiting;
  private final List<List<Edge>> filesOf = new ArrayList<>();
  private final Map<String, Map<String, Condition>> conditions = new HashMap<>();
  private final Map<String, List<Integer>> tasksOf = new HashMap<>();
  private final State[] state;
  private final int[] status;
  private boolean stopping;
  private int result;

  /**
   * Of a run that has not begun.
   *
   * @param order the graph's gangs, those first that are to be first where there is a choice
   */
  public PipelineState(Pipeline pipeline, TaskGraph graph, List<List<Integer>> order) {
    this.pipeline = pipeline;
    this.graph = graph;
    this.waiting = new ArrayList<>(order);
    int count = graph.tasks().size();
    state = new State[count];
    status = new int[count];
    for (int task = 0; task < count; task++) {
      String stage = graph.tasks().get(task).stage();
      tasksOf.computeIfAbsent(stage, _ -> new ArrayList<>()).add(task);
      state[task] = State.WAITING;
      filesOf.add(new ArrayList<>());
    }
    for (Edge edge : graph.edges()) {
      if (edge.kind() == Edge.Kind.FILE) {
        filesOf.get(edge.to()).add(edge);
      }
    }
    for (String name : pipeline.stages().keySet()) {
      conditions.put(name, pipeline.waitsFor(name));
    }
  }

  /** The gangs that have not begun, in their order. */
  public List<List<Integer>> waiting() {
    return List.copyOf(waiting);
  }

  /** Those of them that nothing keeps from starting but room on the machine. */
  public List<List<Integer>> ready() {
    return waiting.stream().filter(this::isReady).toList();
  }

  /** Whether nothing keeps a gang from starting but room on the machine. */
  public boolean isReady(List<Integer> gang) {
    return gang.stream().allMatch(task -> chance(task) == Chance.READY);
  }

  /** Takes away what can never run, and in turn what waits for that; the tasks of all of it. */
  public List<Integer> skip() {
    List<Integer> skipped = new ArrayList<>();
    List<List<Integer>> never = never();
    while (!never.isEmpty()) {
      skip(never, skipped);
      never = never();
    }
    return skipped;
  }

  /** Takes away all that waits; its tasks. */
  public List<Integer> skipAll() {
    List<Integer> skipped = new ArrayList<>();
    skip(List.copyOf(waiting), skipped);
    return skipped;
  }

  /** Takes away a gang that will not run for a reason of its engine's; its tasks. */
  public List<Integer> skip(List<Integer> gang) {
    List<Integer> skipped = new ArrayList<>();
    skip(waiting.stream().filter(gang::equals).toList(), skipped);
    return skipped;
  }

  private List<List<Integer>> never() {
    return waiting.stream()
        .filter(gang -> gang.stream().anyMatch(task -> chance(task) == Chance.NEVER))
        .toList();
  }

  private void skip(List<List<Integer>> gangs, List<Integer> skipped) {
    for (List<Integer> gang : gangs) {
      gang.forEach(task -> state[task] = State.SKIPPED);
      skipped.addAll(gang);
    }
    waiting.removeAll(gangs);
  }

  private Chance chance(int task) {
    boolean later = false;
    for (Edge edge : filesOf.get(task)) {
      switch (state[edge.from()]) {
        case WAITING, RUNNING -> later = true;
        case SKIPPED -> {
          return Chance.NEVER;
        }
        case REUSED -> {}
        case ENDED -> {
          if (status[edge.from()] != 0) {
            return Chance.NEVER;
          }
        }
      }
    }
    Map<String, Condition> waits = conditionsOf(graph.tasks().get(task).stage());
    boolean always = waits.values().stream().anyMatch(Condition::skipped);
    if (stopping && !always) {
      return Chance.NEVER;
    }
    for (Map.Entry<String, Condition> wait : waits.entrySet()) {
      List<Integer> others = tasksOf.getOrDefault(wait.getKey(), List.of());
      if (others.stream().anyMatch(t -> state[t] == State.WAITING || state[t] == State.RUNNING)) {
        later = true;
      } else if (!holds(wait.getValue(), others)) {
        return Chance.NEVER;
      }
    }
    return later ? Chance.LATER : Chance.READY;
  }

  private Map<String, Condition> conditionsOf(String stage) {
    return Optional.ofNullable(conditions.get(stage)).orElseThrow();
  }

  /** The status of a scattered stage is that of its first run that failed. */
  private boolean holds(Condition condition, List<Integer> tasks) {
    if (tasks.stream().anyMatch(task -> state[task] == State.SKIPPED)) {
      return condition.skipped();
    }
    int first =
        tasks.stream().mapToInt(task -> status[task]).filter(s -> s != 0).findFirst().orElse(0);
    return condition.holds(first);
  }

  /** A gang that was ready has begun. */
  public void started(List<Integer> gang) {
    waiting.remove(gang);
    gang.forEach(task -> state[task] = State.RUNNING);
  }

  /** A gang has ended, after its last try; the status of each of its tasks. */
  public void ended(List<Integer> gang, Map<Integer, Integer> statuses) {
    waiting.remove(gang);
    for (int task : gang) {
      state[task] = State.ENDED;
      status[task] = Optional.ofNullable(statuses.get(task)).orElseThrow();
    }
  }

  /** A gang need not run, since it has succeeded before and {@link #mayReuse} holds. */
  public void reused(List<Integer> gang) {
    waiting.remove(gang);
    gang.forEach(task -> state[task] = State.REUSED);
  }

  /**
   * Whether nothing has run anew that a gang waits for without reading it: what it has from that,
   * no digest tells.
   */
  public boolean mayReuse(List<Integer> gang) {
    return graph.edges().stream()
        .filter(edge -> edge.kind() == Edge.Kind.ORDER && gang.contains(edge.to()))
        .allMatch(edge -> state[edge.from()] == State.REUSED);
  }

  /** What an exit status of a task means: a writer whose reader has had enough has succeeded. */
  public int judged(int task, int exitStatus) {
    return graph.streams(task) ? judged(exitStatus) : exitStatus;
  }

  /** The same for a process that does nothing but write into a stream. */
  static int judged(int exitStatus) {
    return exitStatus == READER_GONE ? 0 : exitStatus;
  }

  /** How often a gang may be tried again where this task of it has failed. */
  public int retries(int failed) {
    return stopping ? 0 : pipeline.stage(graph.tasks().get(failed).stage()).retries();
  }

  /** Whether all that runs is to be stopped, since this task has ended as it has. */
  public boolean stopsAll(int failed) {
    return !stopping && !isReckonedWith(failed);
  }

  private boolean isReckonedWith(int task) {
    String stage = graph.tasks().get(task).stage();
    return conditions.values().stream()
        .flatMap(waits -> waits.entrySet().stream())
        .filter(wait -> wait.getKey().equals(stage) && !wait.getValue().skipped())
        .anyMatch(wait -> wait.getValue().holds(status[task]));
  }

  /** The status that a task has ended with. */
  public int status(int task) {
    return status[task];
  }

  /** From now on only what runs {@code always} starts, and the run ends with this status. */
  public void stop(int why) {
    stopping = true;
    result = why;
  }

  /** Whether {@link #stop} was called. */
  public boolean isStopping() {
    return stopping;
  }

  /** What the run ends with. */
  public int result() {
    return result;
  }
}
