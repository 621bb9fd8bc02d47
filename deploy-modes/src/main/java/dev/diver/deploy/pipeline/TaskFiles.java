package dev.diver.deploy.pipeline;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Where the whole of what tasks write is kept, for those that read it when they have ended: in the
 * files that stages name, else in a folder of the run.
 *
 * @param pipeline whose tasks they are
 * @param graph of it
 * @param kept the folder of the run
 */
public record TaskFiles(Pipeline pipeline, TaskGraph graph, Path kept) {

  /** Where the whole of an output is: the stage's own file, else one of ours. */
  public Path output(int task, String output) {
    Stage stage = stage(task);
    String own =
        output.equals(Stage.STDOUT) ? stage.stdout().orElse("") : stage.outputs().get(output);
    return own == null || own.isEmpty()
        ? kept.resolve("whole-" + task + "-" + output)
        : own(task, own);
  }

  /** Where several files are put together for an input. */
  Path fed(int task, String input) {
    return kept.resolve("fed-" + task + "-" + input);
  }

  /** A file of the user's, as a task names it. */
  private Path own(int task, String path) {
    Task of = graph.tasks().get(task);
    return pipeline
        .folder()
        .resolve(TaskGraph.filled(path, of.index(), of.item().orElse("")))
        .normalize();
  }

  private Stage stage(int task) {
    return pipeline.stage(graph.tasks().get(task).stage());
  }

  /** All that a task leaves as files: what it names, and what others read when it has ended. */
  List<Path> outputs(int task) {
    List<Path> outputs = new ArrayList<>();
    for (String output : stage(task).allOutputs()) {
      boolean read =
          graph.edges().stream()
              .anyMatch(
                  edge ->
                      edge.from() == task
                          && edge.kind() == Edge.Kind.FILE
                          && edge.output().equals(output));
      if (read || !stage(task).streams(output)) {
        outputs.add(output(task, output));
      }
    }
    return outputs;
  }

  /** All files that feed a task. */
  List<Path> inputs(int task) {
    List<Path> inputs = new ArrayList<>();
    for (Stage.Input input : stage(task).allInputs()) {
      inputs.addAll(
          feeds(
              task,
              input,
              edge ->
                  edge.kind() == Edge.Kind.FILE
                      ? Optional.of(output(edge.from(), edge.output()))
                      : Optional.empty()));
    }
    return inputs;
  }

  /** What feeds an input, in order: files of the user's, and what an edge leads from. */
  List<Path> feeds(int task, Stage.Input input, Function<Edge, Optional<Path>> from) {
    List<Path> feeds = new ArrayList<>();
    for (Source source : input.feed().sources()) {
      if (source.isFile()) {
        feeds.add(own(task, source.owner()));
        continue;
      }
      graph.edges().stream()
          .filter(edge -> edge.to() == task && edge.input().equals(input.name()))
          .filter(edge -> edge.output().equals(source.output()))
          .filter(edge -> graph.tasks().get(edge.from()).stage().equals(source.owner()))
          .forEach(edge -> from.apply(edge).ifPresent(feeds::add));
    }
    return feeds;
  }
}
