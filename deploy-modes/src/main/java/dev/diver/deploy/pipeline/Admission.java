package dev.diver.deploy.pipeline;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The cores and memory of this machine, and which gangs have them. One thread has it. */
final class Admission implements AutoCloseable {

  private final TaskGraph graph;
  private final PipelinePlan plan;
  private final CoreLocks locks;
  private final Set<Integer> usedCores = new HashSet<>();
  private final Set<Integer> foreign = new HashSet<>();
  private long usedMemory;

  /** What a gang holds: each task's own cores. */
  record Room(Map<Integer, List<Integer>> cores, long memory) {
    List<Integer> of(int task) {
      return Optional.ofNullable(cores.get(task)).orElseThrow();
    }
  }

  Admission(PipelinePlan plan, CoreLocks locks) {
    this.graph = plan.graph();
    this.plan = plan;
    this.locks = locks;
  }

  /** Asks other processes again for the cores that they had. */
  void askAgain() {
    foreign.clear();
  }

  /** The cores that other processes were found to have. */
  List<Integer> foreign() {
    return foreign.stream().sorted().toList();
  }

  /**
   * Room for a gang: cores that are named, those of the plan, then any; empty where there is none.
   */
  Optional<Room> take(List<Integer> gang) {
    long memory = gang.stream().mapToLong(task -> graph.tasks().get(task).memory()).sum();
    if (usedMemory + memory > plan.capacity().memory()) {
      return Optional.empty();
    }
    int count = gang.stream().mapToInt(task -> graph.tasks().get(task).cores()).sum();
    Set<Integer> named = new HashSet<>();
    gang.forEach(task -> named.addAll(graph.tasks().get(task).named()));
    List<Integer> taken = new ArrayList<>();
    for (int core : wanted(gang, named)) {
      if (taken.size() < count) {
        List<Integer> missing = locks.take(List.of(core));
        (missing.isEmpty() ? taken : foreign).add(core);
      }
    }
    if (taken.size() < count || !taken.containsAll(named)) {
      locks.release(taken);
      return Optional.empty();
    }
    usedCores.addAll(taken);
    usedMemory += memory;
    taken.removeAll(named);
    return Optional.of(new Room(dealt(gang, taken), memory));
  }

  private List<Integer> wanted(List<Integer> gang, Set<Integer> named) {
    List<Integer> wanted = new ArrayList<>(named);
    gang.forEach(task -> wanted.addAll(plan.placed().get(task).cores()));
    wanted.addAll(plan.capacity().cores());
    return wanted.stream()
        .distinct()
        .filter(core -> !usedCores.contains(core) && !foreign.contains(core))
        .toList();
  }

  private Map<Integer, List<Integer>> dealt(List<Integer> gang, List<Integer> others) {
    Map<Integer, List<Integer>> dealt = new LinkedHashMap<>();
    for (int task : gang) {
      List<Integer> own = new ArrayList<>(graph.tasks().get(task).named());
      while (own.size() < graph.tasks().get(task).cores()) {
        own.add(others.removeFirst());
      }
      dealt.put(task, own);
    }
    return dealt;
  }

  /** Gives a gang's room back. */
  void release(Room room) {
    List<Integer> cores = room.cores.values().stream().flatMap(List::stream).toList();
    locks.release(cores);
    cores.forEach(usedCores::remove);
    usedMemory -= room.memory;
  }

  @Override
  public void close() {
    locks.close();
  }
}
