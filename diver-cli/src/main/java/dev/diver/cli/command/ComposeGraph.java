package dev.diver.cli.command;

import dev.diver.cli.output.Shell;
import dev.diver.deploy.chart.Chart;
import dev.diver.deploy.chart.ChartFile;
import dev.diver.deploy.pipeline.Edge;
import dev.diver.deploy.pipeline.Pipeline;
import dev.diver.deploy.pipeline.StageGraph;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code diver compose graph}. */
final class ComposeGraph implements Verb {

  @Override
  public void describe(Page page) {
    page.description(
            """
            Draws a pipeline: its stages, and what feeds what. Writes Mermaid to standard output, \
            which GitHub and GitLab show as a picture in Markdown. Thick arrows are streams, whose \
            two ends run at once; full ones are files, which are read when their writer has \
            ended; dashed ones only wait.\
            """)
        .optionalArgument(ComposeInput.FILE, ComposeInput.FILE_HELP)
        .option("--svg", "FILE", "draw it into a file instead: .svg or .png")
        .json()
        .example("Show the pipeline in this folder as Mermaid", "compose graph")
        .example("Draw it", "compose graph --svg pipeline.svg");
  }

  @Override
  public int run(Given given, Shell shell) {
    Optional<String> drawing = given.value("--svg");
    drawing.ifPresent(ComposePlan::checkDrawing);
    Pipeline pipeline = ComposeInput.pipeline(given, shell);
    StageGraph graph = StageGraph.of(pipeline);
    if (drawing.isPresent()) {
      Path file = shell.path(drawing.get());
      ChartFile.write(chart(pipeline, graph), file);
    }
    if (given.wantsJson()) {
      shell.printJson(tree(pipeline, graph));
    } else if (drawing.isEmpty()) {
      shell.print(mermaid(graph));
    }
    return 0;
  }

  private static Chart chart(Pipeline pipeline, StageGraph graph) {
    List<Chart.Arrow> arrows =
        graph.ties().stream()
            .map(
                tie ->
                    new Chart.Arrow(
                        tie.from(),
                        tie.to(),
                        tie.label(),
                        switch (tie.kind()) {
                          case FILE -> 0;
                          case STREAM -> 1;
                          case ORDER -> 2;
                        }))
            .toList();
    return new Chart.Graph(
        pipeline.name(),
        graph.nodes().stream().map(ComposeGraph::lines).toList(),
        arrows,
        List.of("file, read when it is whole", "stream, read while it is written", "only waits"));
  }

  private static List<String> lines(StageGraph.Node node) {
    List<String> lines = new ArrayList<>(List.of(node.name() + times(node)));
    lines.add(node.runs());
    node.mode().ifPresent(lines::add);
    return lines;
  }

  private static String times(StageGraph.Node node) {
    return node.times() == 1 ? "" : " ×" + node.times();
  }

  /** Identifiers of our own, since Mermaid has words that a stage may be called. */
  private static String mermaid(StageGraph graph) {
    StringBuilder text = new StringBuilder("flowchart LR\n");
    for (int i = 0; i < graph.nodes().size(); i++) {
      String lines =
          String.join(
              "<br/>", lines(graph.nodes().get(i)).stream().map(ComposeGraph::escaped).toList());
      text.append("    s%d[\"%s\"]\n".formatted(i, lines));
    }
    for (StageGraph.Tie tie : graph.ties()) {
      String arrow =
          switch (tie.kind()) {
            case FILE -> "-->";
            case STREAM -> "==>";
            case ORDER -> "-.->";
          };
      String label = tie.label().isEmpty() ? "" : "|\"" + escaped(tie.label()) + "\"|";
      text.append("    s%d %s%s s%d\n".formatted(tie.from(), arrow, label, tie.to()));
    }
    return text.toString();
  }

  private static String escaped(String text) {
    return text.replace("&", "#amp;")
        .replace("\"", "#quot;")
        .replace("<", "#lt;")
        .replace(">", "#gt;");
  }

  private static Map<String, Object> tree(Pipeline pipeline, StageGraph graph) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("pipeline", pipeline.name());
    tree.put(
        "stages",
        graph.nodes().stream()
            .map(
                node -> {
                  Map<String, Object> one = new LinkedHashMap<>();
                  one.put("name", node.name());
                  one.put("runs", node.runs());
                  one.put("mode", node.mode());
                  one.put("times", node.times());
                  return one;
                })
            .toList());
    tree.put(
        "edges",
        graph.ties().stream()
            .map(
                tie -> {
                  Map<String, Object> one = new LinkedHashMap<>();
                  one.put("from", graph.nodes().get(tie.from()).name());
                  one.put("to", graph.nodes().get(tie.to()).name());
                  one.put("label", tie.label());
                  one.put("kind", tie.kind() == Edge.Kind.ORDER ? "order" : tie.kind().toString());
                  return one;
                })
            .toList());
    return tree;
  }
}
