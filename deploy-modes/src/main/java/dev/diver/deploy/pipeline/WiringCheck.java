package dev.diver.deploy.pipeline;

import dev.diver.kernels.document.FieldProblem;
import dev.diver.kernels.document.RecordBinder;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Whether each input is fed, once, by what there is, and each stream is read. */
final class WiringCheck {

  private final Pipeline pipeline;
  private final List<FieldProblem> problems;
  private final Set<String> read = new HashSet<>();

  /** Adds what is wrong to {@code problems}. */
  WiringCheck(Pipeline pipeline, List<FieldProblem> problems) {
    this.pipeline = pipeline;
    this.problems = problems;
  }

  void check() {
    int before = problems.size();
    pipeline.stages().keySet().forEach(this::like);
    if (problems.size() > before) {
      return; // how often a stage runs is not known
    }
    pipeline.stages().forEach(this::waits);
    pipeline.stages().forEach(this::inputs);
    pipeline.stages().forEach(this::streams);
    new FileCheck(pipeline, problems).check();
    runs();
  }

  private void problem(String stage, String field, String what, String remedy) {
    problems.add(new FieldProblem("stages." + stage + "." + field, what, remedy));
  }

  /** What a stage is scattered like has to be scattered. */
  private void like(String name) {
    Set<String> seen = new HashSet<>(Set.of(name));
    Optional<String> next = pipeline.stage(name).scatter().flatMap(Scatter::like);
    String from = name;
    while (next.isPresent()) {
      String to = next.get();
      if (!pipeline.stages().containsKey(to)) {
        if (from.equals(name)) {
          unknownStage(name, "scatter", to);
        }
        return;
      }
      Optional<Scatter> scatter = pipeline.stage(to).scatter();
      if (!seen.add(to) || scatter.isEmpty()) {
        problem(
            name,
            "scatter",
            "is \"" + to + "\", " + (scatter.isEmpty() ? "which is not scattered." : "a circle."),
            "Write a list, a number, or the name of a stage that is scattered over one.");
        return;
      }
      from = to;
      next = scatter.flatMap(Scatter::like);
    }
  }

  private void unknownStage(String name, String field, String typed) {
    problem(
        name,
        field,
        "names \"" + typed + "\", which is no stage.",
        RecordBinder.suggestion(typed, pipeline.stages().keySet()));
  }

  private void waits(String name, Stage stage) {
    for (String other : stage.needs()) {
      known(name, "needs", other);
      if (stage.when().containsKey(other)) {
        problem(name, "needs", "has " + other + ", which is in when, too.", "Remove it here.");
      }
    }
    stage.when().keySet().forEach(other -> known(name, "when." + other, other));
  }

  private boolean known(String name, String field, String other) {
    if (other.equals(name)) {
      problem(name, field, "names the stage itself.", "Name another stage, or remove it.");
      return false;
    }
    if (!pipeline.stages().containsKey(other)) {
      unknownStage(name, field, other);
      return false;
    }
    return true;
  }

  private void inputs(String name, Stage stage) {
    for (Stage.Input input : stage.allInputs()) {
      Set<String> seen = new HashSet<>();
      for (String from : input.feed().from()) {
        if (!seen.add(from)) {
          problem(
              name,
              input.field(),
              "is fed twice by \"" + from + "\".",
              "Remove one of them; a list is read one after another.");
        }
        source(name, input, Source.parse(from));
      }
      if (seen.isEmpty()) {
        problem(name, input.field(), "is fed by nobody.", "Name an output, or remove it.");
      }
    }
  }

  private void source(String name, Stage.Input input, Source source) {
    if (source.isFile()) {
      return; // FileCheck's
    }
    String owner = source.owner();
    if (!known(name, input.field(), owner)) {
      return;
    }
    List<String> outputs = pipeline.stage(owner).allOutputs();
    if (!outputs.contains(source.output())) {
      problem(
          name,
          input.field(),
          "is fed by \"%s.%s\", and %s has no such output, so that nobody feeds it."
              .formatted(owner, source.output(), owner),
          RecordBinder.suggestion(source.output(), outputs));
      return;
    }
    read.add(owner + "." + source.output());
    int times = pipeline.items(owner).size();
    boolean oneToOne = pipeline.scattered(owner).equals(pipeline.scattered(name));
    if (pipeline.scattered(owner).isPresent() && !oneToOne && !input.feed().many() && times > 1) {
      problem(
          name,
          input.field(),
          "is fed %d times, by each run of %s, and takes one.".formatted(times, owner),
          "Write [\"%s\"] to gather them one after another, or scatter = \"%s\"."
              .formatted(input.feed().from().getFirst(), owner));
    }
  }

  private void streams(String name, Stage stage) {
    for (String stream : stage.streams()) {
      if (!read.contains(name + "." + stream)) {
        problem(
            name,
            "streams",
            "has " + stream + ", which nobody reads, so that its writer would wait for ever.",
            "Feed an input with \"" + name + "." + stream + "\", or remove it.");
      }
    }
  }

  private void runs() {
    long tasks =
        pipeline.stages().keySet().stream()
            .mapToLong(name -> Math.max(1, pipeline.items(name).size()))
            .sum();
    boolean alreadyTold =
        pipeline.stages().keySet().stream()
            .anyMatch(name -> pipeline.items(name).size() > Pipeline.MOST_TASKS);
    if (tasks > Pipeline.MOST_TASKS && !alreadyTold) {
      problems.add(
          new FieldProblem(
              "stages",
              "are run " + tasks + " times in all.",
              "Scatter over less: " + Pipeline.MOST_TASKS + " runs at most."));
    }
  }
}
