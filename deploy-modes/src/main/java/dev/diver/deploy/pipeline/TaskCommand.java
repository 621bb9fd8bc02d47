package dev.diver.deploy.pipeline;

import dev.diver.deploy.SharedStreams;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The command line and the variables of a task's process. What binds it to cores and ends it in
 * time, an engine puts before it.
 *
 * @param words the program and its arguments
 * @param environment all of its variables
 */
public record TaskCommand(List<String> words, Map<String, String> environment) {

  /** Told to everything that a run starts, so that none of it is overlooked in the end. */
  public static final String MARK = "DIVER_PIPELINE";

  private static final Duration GRACE = Duration.ofSeconds(2);
  private static final Duration DIVE_GRACE = Duration.ofSeconds(10);

  public TaskCommand {
    words = List.copyOf(words);
    environment = Map.copyOf(environment);
  }

  /**
   * A task's command.
   *
   * @param ports paths by what is asked for with {@code ${{ }}}
   * @param run what is told by {@link #MARK}
   */
  public static TaskCommand of(
      Pipeline pipeline, Task task, Map<String, Path> ports, RunSettings settings, String run) {
    return of(pipeline, task, ports, SharedStreams.NONE, settings, run);
  }

  /**
   * The same with streams in shared memory.
   *
   * @param streams which of a dive's standard streams are such
   */
  public static TaskCommand of(
      Pipeline pipeline,
      Task task,
      Map<String, Path> ports,
      SharedStreams streams,
      RunSettings settings,
      String run) {
    Stage stage = pipeline.stage(task.stage());
    List<String> words =
        stage.isDive()
            ? dive(pipeline, stage, task, ports, streams, settings)
            : stage.command().orElseThrow().stream()
                .map(word -> filled(word, task, ports))
                .toList();
    return new TaskCommand(words, environment(pipeline, stage, task, ports, settings, run));
  }

  /** How long a task that is asked to end may tidy up before it is killed. */
  public static Duration grace(Stage stage) {
    return stage.isDive() ? DIVE_GRACE : GRACE;
  }

  private static String filled(String text, Task task, Map<String, Path> ports) {
    return Expressions.filled(
        text,
        name ->
            switch (name) {
              case Expressions.ITEM -> task.item().orElse("");
              case Expressions.INDEX -> Integer.toString(task.index());
              default -> Optional.ofNullable(ports.get(name)).orElseThrow().toString();
            });
  }

  /** The user's variables without the secrets of other stages, then the stage's own. */
  private static Map<String, String> environment(
      Pipeline pipeline,
      Stage stage,
      Task task,
      Map<String, Path> ports,
      RunSettings settings,
      String run) {
    Map<String, String> environment = settings.environment(pipeline, stage.secrets());
    stage.env().forEach((name, value) -> environment.put(name, filled(value, task, ports)));
    environment.put(MARK, run);
    return environment;
  }

  private static List<String> dive(
      Pipeline pipeline,
      Stage stage,
      Task task,
      Map<String, Path> ports,
      SharedStreams streams,
      RunSettings settings) {
    List<String> words = new ArrayList<>(settings.diver());
    words.addAll(List.of("dive", "--quiet"));
    stage.net().ifPresent(_ -> words.add("--no-build")); // all were built before
    stage.kernel().ifPresent(kernel -> words.addAll(List.of("--kernel", kernel)));
    stage.mode().ifPresent(mode -> words.addAll(List.of("--mode", mode)));
    stage.cpus().ifPresent(cpus -> words.addAll(List.of("--cpus", "" + cpus.count())));
    stage.memory().ifPresent(memory -> words.addAll(List.of("--memory", memory.toString())));
    if (stage.delegate()) {
      words.add("--delegate");
    }
    streams.in().ifPresent(file -> words.addAll(List.of("--stream-in", file.toString())));
    streams.out().ifPresent(file -> words.addAll(List.of("--stream-out", file.toString())));
    stage.volumes().forEach(volume -> words.addAll(List.of("--volume", volume)));
    ports.values().stream()
        .map(port -> Optional.ofNullable(port.toAbsolutePath().normalize().getParent()))
        .flatMap(Optional::stream)
        .distinct()
        .forEach(folder -> words.addAll(List.of("--volume", folder.toString())));
    stage
        .env()
        .forEach(
            (name, value) ->
                words.addAll(List.of("--env", name + "=" + filled(value, task, ports))));
    stage.secrets().forEach(secret -> words.addAll(List.of("--env", secret)));
    String target = stage.net().or(stage::executable).orElseThrow();
    words.add(pipeline.folder().resolve(target).normalize().toString());
    words.add("--");
    stage.args().forEach(arg -> words.add(filled(arg, task, ports)));
    return words;
  }
}
