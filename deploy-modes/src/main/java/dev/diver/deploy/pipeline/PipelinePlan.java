package dev.diver.deploy.pipeline;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * When each task of a pipeline runs, and on which cores, where each takes as long as estimated and
 * succeeds.
 *
 * @param graph what is planned
 * @param capacity what it is planned for
 * @param placed by the tasks' numbers; of no length, and without cores, where one is not expected
 *     to run
 * @param makespan in milliseconds
 * @param lowerBound max(critical path, work / cores): no plan is shorter; in milliseconds
 * @param criticalMillis the time of the longest path
 * @param criticalPath the tasks that make it, those of a gang together
 * @param work of all cores together, in core-milliseconds
 */
public record PipelinePlan(
    TaskGraph graph,
    Capacity capacity,
    List<Schedule.Placed> placed,
    long makespan,
    long lowerBound,
    long criticalMillis,
    List<Integer> criticalPath,
    long work) {

  private static final Schedule.Placed NOWHERE = new Schedule.Placed(0, 0, List.of());

  public PipelinePlan {
    placed = List.copyOf(placed);
    criticalPath = List.copyOf(criticalPath);
  }

  /** Plans a pipeline that was checked against this capacity. */
  public static PipelinePlan of(TaskGraph graph, Capacity capacity) {
    List<List<Integer>> gangs =
        graph.gangs().stream()
            .map(gang -> gang.stream().filter(task -> graph.tasks().get(task).expected()).toList())
            .filter(gang -> !gang.isEmpty())
            .toList();
    Workload workload =
        new Workload(capacity.cores().size(), capacity.memory(), jobs(graph, gangs, capacity));
    Schedule schedule = Planner.plan(workload);
    List<Schedule.Placed> placed =
        new ArrayList<>(Collections.nCopies(graph.tasks().size(), NOWHERE));
    for (int i = 0; i < gangs.size(); i++) {
      place(graph, gangs.get(i), schedule.placed().get(i), capacity, placed);
    }
    return new PipelinePlan(
        graph,
        capacity,
        placed,
        schedule.makespan(),
        workload.lowerBound(),
        workload.criticalMillis(),
        workload.criticalPath().stream().flatMap(job -> gangs.get(job).stream()).toList(),
        workload.work());
  }

  /** The gangs in the order of their starts, those last that are not expected. */
  List<List<Integer>> order() {
    return graph.gangs().stream()
        .sorted(
            Comparator.comparingLong(
                gang ->
                    graph.tasks().get(gang.getFirst()).expected()
                        ? placed.get(gang.getFirst()).start()
                        : Long.MAX_VALUE))
        .toList();
  }

  /** A gang is one job: the cores and memory of all, for the time of the slowest. */
  private static List<Job> jobs(TaskGraph graph, List<List<Integer>> gangs, Capacity capacity) {
    int[] gangOf = new int[graph.tasks().size()];
    java.util.Arrays.fill(gangOf, -1);
    for (int i = 0; i < gangs.size(); i++) {
      for (int task : gangs.get(i)) {
        gangOf[task] = i;
      }
    }
    List<Set<Integer>> after = new ArrayList<>();
    gangs.forEach(_ -> after.add(new TreeSet<>()));
    for (Edge edge : graph.edges()) {
      int from = gangOf[edge.from()];
      int to = gangOf[edge.to()];
      if (from >= 0 && to >= 0 && from != to) {
        after.get(to).add(from);
      }
    }
    List<Job> jobs = new ArrayList<>();
    for (int i = 0; i < gangs.size(); i++) {
      List<Task> tasks = gangs.get(i).stream().map(graph.tasks()::get).toList();
      jobs.add(
          new Job(
              tasks.stream().mapToInt(Task::cores).sum(),
              tasks.stream()
                  .flatMap(task -> task.named().stream())
                  .map(core -> capacity.cores().indexOf(core))
                  .toList(),
              tasks.stream().mapToLong(Task::memory).sum(),
              tasks.stream().mapToLong(Task::millis).max().orElse(0),
              List.copyOf(after.get(i))));
    }
    return jobs;
  }

  /** Deals a gang's cores out to its tasks: first to those that name them. */
  private static void place(
      TaskGraph graph,
      List<Integer> gang,
      Schedule.Placed place,
      Capacity capacity,
      List<Schedule.Placed> placed) {
    Set<Integer> named = new HashSet<>();
    gang.forEach(task -> named.addAll(graph.tasks().get(task).named()));
    Deque<Integer> others = new ArrayDeque<>();
    place.cores().stream()
        .map(capacity.cores()::get)
        .filter(core -> !named.contains(core))
        .forEach(others::add);
    for (int number : gang) {
      Task task = graph.tasks().get(number);
      Set<Integer> own = new TreeSet<>(task.named());
      while (own.size() < task.cores()) {
        own.add(others.remove());
      }
      placed.set(number, new Schedule.Placed(place.start(), place.end(), List.copyOf(own)));
    }
  }
}
