package dev.diver.deploy.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A pipeline as it is drawn: each stage once, however often it runs.
 *
 * @param nodes in the order of the file
 * @param ties between them, by their numbers
 */
public record StageGraph(List<Node> nodes, List<Tie> ties) {

  /**
   * A stage.
   *
   * @param name of it
   * @param runs what it runs, in a few words
   * @param mode how that is deployed; empty for a command
   * @param times how often it runs
   */
  public record Node(String name, String runs, Optional<String> mode, int times) {}

  /**
   * What one stage has from another.
   *
   * @param from number of a stage
   * @param to number of a stage
   * @param label output and input where they have names, or the condition; may be empty
   * @param kind how they are joined
   */
  public record Tie(int from, int to, String label, Edge.Kind kind) {}

  public StageGraph {
    nodes = List.copyOf(nodes);
    ties = List.copyOf(ties);
  }

  /** The graph of a pipeline that was checked. */
  public static StageGraph of(Pipeline pipeline) {
    List<String> names = List.copyOf(pipeline.stages().keySet());
    List<Node> nodes = new ArrayList<>();
    List<Tie> ties = new ArrayList<>();
    for (String name : names) {
      Stage stage = pipeline.stage(name);
      nodes.add(
          new Node(
              name,
              runs(pipeline, stage),
              Demand.of(pipeline, stage).mode(),
              Math.max(1, pipeline.items(name).size())));
      int to = names.indexOf(name);
      for (Stage.Input input : stage.allInputs()) {
        for (Source source : input.feed().sources()) {
          if (!source.isFile()) {
            ties.add(
                new Tie(
                    names.indexOf(source.owner()),
                    to,
                    label(source.output(), input.name()),
                    pipeline.kind(input, source)));
          }
        }
      }
      pipeline
          .waitsFor(name)
          .forEach(
              (other, condition) ->
                  ties.add(
                      new Tie(
                          names.indexOf(other),
                          to,
                          condition.text().equals("success") ? "" : condition.text(),
                          Edge.Kind.ORDER)));
    }
    return new StageGraph(nodes, ties);
  }

  private static String runs(Pipeline pipeline, Stage stage) {
    return stage
        .net()
        .map(net -> String.valueOf(pipeline.folder().resolve(net).normalize().getFileName()))
        .or(stage::executable)
        .or(() -> stage.command().map(List::getFirst))
        .orElse("");
  }

  private static String label(String output, String input) {
    boolean usual = output.equals(Stage.STDOUT) && input.equals(Stage.STDIN);
    return usual ? "" : output.equals(input) ? output : output + " → " + input;
  }
}
