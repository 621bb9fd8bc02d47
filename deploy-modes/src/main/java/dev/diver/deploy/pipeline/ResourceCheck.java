package dev.diver.deploy.pipeline;

import dev.diver.kernels.document.FieldProblem;
import dev.diver.kernels.spec.CpuList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Whether the machine has what each stage takes, and what those take that run at once. */
final class ResourceCheck {

  private final TaskGraph graph;
  private final Capacity capacity;
  private final List<FieldProblem> problems;

  /** Adds what is wrong to {@code problems}; the graph was checked before. */
  ResourceCheck(Pipeline pipeline, Capacity capacity, List<FieldProblem> problems) {
    this.graph = TaskGraph.of(pipeline);
    this.capacity = capacity;
    this.problems = problems;
  }

  void check() {
    graph.tasks().stream().filter(task -> task.index() == 0).forEach(this::alone);
    if (problems.isEmpty()) {
      Set<String> told = new HashSet<>();
      for (List<Integer> gang : graph.gangs()) {
        List<Task> tasks = gang.stream().map(graph.tasks()::get).toList();
        if (told.add(tasks.getFirst().stage())) {
          together(tasks);
        }
      }
    }
  }

  private void problem(Task task, String field, String what, String remedy) {
    problems.add(new FieldProblem("stages." + task.stage() + "." + field, what, remedy));
  }

  private void alone(Task task) {
    int there = capacity.cores().size();
    if (task.cores() > there) {
      problem(
          task,
          "cpus",
          "comes to " + cores(task.cores()) + ", and there are " + there + here() + ".",
          "Give it less, or run it on a larger machine.");
    }
    List<Integer> missing =
        task.named().stream().filter(core -> !capacity.cores().contains(core)).toList();
    if (!missing.isEmpty()) {
      problem(
          task,
          "cpus",
          "names core " + missing.getFirst() + ", which is not there" + here() + ".",
          "Name others, or write how many.");
    }
    if (task.memory() > capacity.memory()) {
      problem(
          task,
          "memory",
          "comes to %s, and there is %s."
              .formatted(mebibytes(task.memory()), mebibytes(capacity.memory())),
          "Give it less, or run it on a larger machine.");
    }
  }

  private void together(List<Task> tasks) {
    if (tasks.size() == 1) {
      return;
    }
    String names = tasks.stream().map(Task::name).collect(Collectors.joining(", "));
    String joined = "is too much: what streams join (" + names + ") runs at once, which takes ";
    String remedy =
        "Have one of them write to a file with stdout = \"FILE\", or give cpus = 0 to a command"
            + " that hardly computes.";
    int cores = tasks.stream().mapToInt(Task::cores).sum();
    if (cores > capacity.cores().size()) {
      problem(
          tasks.getFirst(),
          "cpus",
          joined + cores(cores) + ", and there are " + capacity.cores().size() + here() + ".",
          remedy);
    }
    long memory = tasks.stream().mapToLong(Task::memory).sum();
    if (memory > capacity.memory()) {
      problem(
          tasks.getFirst(),
          "memory",
          joined + mebibytes(memory) + ", and there is " + mebibytes(capacity.memory()) + ".",
          remedy);
    }
    Set<Integer> named = new HashSet<>();
    for (Task task : tasks) {
      List<Integer> twice = task.named().stream().filter(core -> !named.add(core)).toList();
      if (!twice.isEmpty()) {
        problem(
            task,
            "cpus",
            joined + "core " + twice.getFirst() + " twice.",
            "Name another core, or write how many.");
      }
    }
  }

  private String here() {
    List<Integer> which = capacity.cores();
    return which.isEmpty() ? "" : " (" + new CpuList(which.size(), which) + ")";
  }

  private static String cores(int count) {
    return count == 1 ? "1 core" : count + " cores";
  }

  private static String mebibytes(long bytes) {
    return (bytes >> 20) + " MiB";
  }
}
