package dev.diver.deploy.pipeline;

import dev.diver.kernels.spec.TimeSpan;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Stages that feed each other, as {@code pipeline.toml} has them.
 *
 * @param file that describes it
 * @param name for people
 * @param timeout after which all of it is ended
 * @param stages by their names, in the order of the file
 */
public record Pipeline(
    Path file, String name, Optional<TimeSpan> timeout, Map<String, Stage> stages) {

  /** What a pipeline is described in, unless another name is given. */
  public static final String FILE = "pipeline.toml";

  /** More than this are no pipeline that a person writes. */
  static final int MOST_TASKS = 10_000;

  public Pipeline {
    file = file.toAbsolutePath().normalize();
    stages = Collections.unmodifiableMap(new LinkedHashMap<>(stages));
  }

  /** Where relative paths begin. */
  public Path folder() {
    return Optional.ofNullable(file.getParent()).orElseThrow();
  }

  /** The folders of all nets, each once. */
  public List<Path> nets() {
    return stages.values().stream()
        .flatMap(stage -> stage.net().stream())
        .map(net -> folder().resolve(net).normalize())
        .distinct()
        .toList();
  }

  /** A stage by its name, which is known. */
  public Stage stage(String name) {
    return Optional.ofNullable(stages.get(name)).orElseThrow();
  }

  /**
   * The stage whose items this one is scattered over: itself, or the one that it is scattered like;
   * empty where it runs once. Names are known, and lead to an end.
   */
  Optional<String> scattered(String name) {
    Optional<Scatter> scatter = stage(name).scatter();
    return scatter.flatMap(
        own -> own.like().isPresent() ? scattered(own.like().get()) : Optional.of(name));
  }

  /** The items of a stage; empty where it runs once. */
  List<String> items(String name) {
    return scattered(name)
        .flatMap(root -> stage(root).scatter())
        .map(Scatter::items)
        .orElse(List.of());
  }

  /** The stages that this one waits for without being fed by them, and how they have to end. */
  public Map<String, Condition> waitsFor(String name) {
    Map<String, Condition> conditions = new LinkedHashMap<>();
    stage(name).needs().forEach(other -> conditions.put(other, Condition.parse("success")));
    conditions.putAll(stage(name).when());
    return conditions;
  }

  /** The stages that feed this one, each once. */
  List<String> fedBy(String name) {
    List<String> stages = new ArrayList<>();
    for (Stage.Input input : stage(name).allInputs()) {
      for (Source source : input.feed().sources()) {
        if (!source.isFile() && !stages.contains(source.owner())) {
          stages.add(source.owner());
        }
      }
    }
    return stages;
  }
}
