package dev.diver.deploy.pipeline;

import dev.diver.deploy.machine.Json;
import dev.diver.kernels.pack.Staging;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;

/**
 * How long the tasks of a pipeline took when they last succeeded, by their definitions, so that a
 * stage that was changed is not reckoned with what it took before.
 */
public final class FormerTimes {

  private final Pipeline pipeline;
  private final Path file;
  private final Map<String, Long> millis = new ConcurrentHashMap<>();

  private FormerTimes(Pipeline pipeline, Path file) {
    this.pipeline = pipeline;
    this.file = file;
  }

  /**
   * Those of a pipeline; none where it never ran.
   *
   * @param folders where the folders of all pipelines are
   */
  public static FormerTimes of(Path folders, Pipeline pipeline) {
    Path file = PipelineFolder.of(folders, pipeline).resolve("times.json");
    FormerTimes times = new FormerTimes(pipeline, file);
    try {
      byte[] bytes = Files.readAllBytes(file);
      Json.object(bytes, 0, bytes.length)
          .orElse(Map.of())
          .forEach(
              (definition, value) -> {
                if (value instanceof Long number && number >= 0) {
                  times.millis.put(definition, number);
                }
              });
    } catch (IOException _) {
      // it never ran
    }
    return times;
  }

  /** What a task took, in milliseconds. */
  Optional<Long> of(Task task) {
    return Optional.ofNullable(millis.get(definition(task)));
  }

  /** A task has succeeded. */
  void took(Task task, long milliseconds) {
    millis.put(definition(task), milliseconds);
  }

  private String definition(Task task) {
    return StageDefinition.of(pipeline, task).toString();
  }

  /** Keeps those of the tasks that there are now; that it cannot be written stops nothing. */
  void write(TaskGraph graph) {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (JsonGenerator json = Json.FACTORY.createGenerator(ObjectWriteContext.empty(), bytes)) {
        json.writeStartObject();
        graph.tasks().stream()
            .map(this::definition)
            .collect(Collectors.toCollection(TreeSet::new))
            .forEach(
                definition -> {
                  Long known = millis.get(definition);
                  if (known != null) {
                    json.writeNumberProperty(definition, known);
                  }
                });
        json.writeEndObject();
      }
      Staging.replace(file, bytes.toByteArray());
    } catch (IOException _) {
      // the next plan is made of what is known without it
    }
  }
}
