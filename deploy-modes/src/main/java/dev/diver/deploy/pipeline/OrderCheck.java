package dev.diver.deploy.pipeline;

import dev.diver.kernels.document.FieldProblem;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Whether the stages can run in some order: one that waits for another's end comes after it, and
 * those that a stream joins run at once.
 */
final class OrderCheck {

  /**
   * One stage that another one is fed by or waits for.
   *
   * @param field of the later one, that says so
   * @param stream whether they run at once
   */
  private record Tie(String from, String to, String field, boolean stream) {}

  /** A way from one stage to the next: along a tie, or against a stream. */
  private record Step(String to, boolean forward) {}

  private final List<FieldProblem> problems;
  private final List<Tie> ties = new ArrayList<>();
  private final Map<String, List<Step>> steps = new HashMap<>();

  /** Adds what is wrong to {@code problems}; what feeds what was checked before. */
  OrderCheck(Pipeline pipeline, List<FieldProblem> problems) {
    this.problems = problems;
    for (String name : pipeline.stages().keySet()) {
      steps.put(name, new ArrayList<>());
    }
    pipeline.stages().forEach((name, stage) -> ties(pipeline, name, stage));
    for (Tie tie : ties) {
      steps(tie.from).add(new Step(tie.to, true));
    }
    for (Tie tie : ties) {
      if (tie.stream) {
        steps(tie.to).add(new Step(tie.from, false));
      }
    }
  }

  private List<Step> steps(String name) {
    return Optional.ofNullable(steps.get(name)).orElseThrow();
  }

  private void ties(Pipeline pipeline, String name, Stage stage) {
    for (Stage.Input input : stage.allInputs()) {
      for (Source source : input.feed().sources()) {
        if (!source.isFile()) {
          boolean stream = pipeline.kind(input, source) == Edge.Kind.STREAM;
          ties.add(new Tie(source.owner(), name, input.field(), stream));
        }
      }
    }
    stage.needs().forEach(other -> ties.add(new Tie(other, name, "needs", false)));
    stage.when().keySet().forEach(other -> ties.add(new Tie(other, name, "when." + other, false)));
  }

  /** Each tie that closes a circle is one problem, but each stage is told of once. */
  void check() {
    Set<String> told = new HashSet<>();
    for (Tie tie : ties) {
      Optional<List<Step>> back = way(tie.to, tie.from, !tie.stream);
      if (back.isPresent() && told.add(tie.to)) {
        back.get().forEach(step -> told.add(step.to));
        problems.add(problem(tie, back.get()));
      }
    }
  }

  /** The shortest way, in the steps after the first stage; empty where there is none. */
  private Optional<List<Step>> way(String from, String to, boolean againstStreams) {
    Map<String, Step> reached = new HashMap<>();
    Map<String, String> before = new HashMap<>();
    Deque<String> next = new ArrayDeque<>(List.of(from));
    Set<String> seen = new HashSet<>(Set.of(from));
    while (!next.isEmpty()) {
      String at = next.remove();
      for (Step step : steps(at)) {
        if ((step.forward || againstStreams) && seen.add(step.to)) {
          reached.put(step.to, step);
          before.put(step.to, at);
          next.add(step.to);
        }
      }
    }
    if (!reached.containsKey(to)) {
      return Optional.empty();
    }
    List<Step> way = new ArrayList<>();
    for (String at = to; !at.equals(from); at = Optional.ofNullable(before.get(at)).orElseThrow()) {
      way.add(Optional.ofNullable(reached.get(at)).orElseThrow());
    }
    Collections.reverse(way);
    return Optional.of(way);
  }

  private static FieldProblem problem(Tie tie, List<Step> back) {
    StringBuilder circle = new StringBuilder(tie.from + " -> " + tie.to);
    boolean plain = true;
    for (Step step : back) {
      plain &= step.forward;
      circle.append(step.forward ? " -> " : " <- ").append(step.to);
    }
    return new FieldProblem(
        "stages." + tie.to + "." + tie.field,
        plain
            ? "closes a cycle: " + circle + "."
            : "waits for the end of "
                + tie.from
                + ", which streams have run at the same time: "
                + circle
                + ".",
        plain
            ? "Remove one of these edges."
            : "Give an output to a file with stdout = \"FILE\" or outputs, so that it is read when"
                + " its stage has ended.");
  }
}
