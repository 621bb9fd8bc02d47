package dev.diver.deploy.pipeline;

import dev.diver.deploy.machine.Host;
import dev.diver.kernels.document.FieldProblem;
import dev.diver.kernels.document.RecordBinder;
import dev.diver.kernels.document.TomlFile;
import dev.diver.kernels.spec.TimeSpan;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads {@code pipeline.toml}, and checks it as a whole. */
public final class PipelineToml {

  private static final String DEFAULTS =
      """
      [stages."*"]
      args = []
      env = {}
      secrets = []
      volumes = []
      delegate = false
      inputs = {}
      outputs = {}
      streams = []
      needs = []
      when = {}
      retries = 0
      """;

  /** The document as it is written. */
  private record Document(
      Optional<String> name, Optional<TimeSpan> timeout, Map<String, Stage> stages) {}

  private PipelineToml() {}

  /**
   * Reads a pipeline.
   *
   * @param path a pipeline's file, or the folder that has one
   * @param host whose environment has the secrets, and the programs of commands on its PATH
   * @param capacity what all of it has to fit into; empty: it is not to run here
   * @param modes what chooses the modes that stages leave open
   * @throws dev.diver.kernels.failure.DiverException INVALID with file, line and field of each
   *     problem; NOT_FOUND where there is no such file
   */
  public static Pipeline read(Path path, Host host, Optional<Capacity> capacity, StageModes modes) {
    Path file = Files.isDirectory(path) ? path.resolve(Pipeline.FILE) : path;
    Document document =
        TomlFile.readWhole(
            file,
            Document.class,
            tree -> RecordBinder.addDefaults(tree, TomlFile.tree(DEFAULTS)),
            read -> problems(pipeline(file, read), host, capacity, modes));
    return modes.chosen(pipeline(file, document));
  }

  private static Pipeline pipeline(Path file, Document document) {
    Path folder = Optional.ofNullable(file.toAbsolutePath().normalize().getParent()).orElseThrow();
    String name = document.name.orElseGet(() -> String.valueOf(folder.getFileName()));
    return new Pipeline(file, name, document.timeout, document.stages);
  }

  /** What is wrong; what is checked later can rely on what was checked before. */
  private static List<FieldProblem> problems(
      Pipeline pipeline, Host host, Optional<Capacity> capacity, StageModes modes) {
    if (pipeline.stages().isEmpty()) {
      return List.of(new FieldProblem("stages", "has no stage.", "Add one, as in [stages.first]."));
    }
    List<FieldProblem> problems = new ArrayList<>();
    pipeline
        .stages()
        .keySet()
        .forEach(name -> new StageCheck(pipeline, name, host, modes, problems).check());
    new WiringCheck(pipeline, problems).check();
    if (problems.isEmpty()) {
      new OrderCheck(pipeline, problems).check();
    }
    if (problems.isEmpty() && capacity.isPresent()) {
      new ResourceCheck(modes.chosen(pipeline), capacity.get(), problems).check();
    }
    return problems;
  }
}
