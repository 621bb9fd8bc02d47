package dev.diver.deploy.slurm;

import dev.diver.deploy.machine.ShellWords;
import dev.diver.deploy.pipeline.Condition;
import dev.diver.deploy.pipeline.Edge;
import dev.diver.deploy.pipeline.Pipeline;
import dev.diver.deploy.pipeline.Plumbing;
import dev.diver.deploy.pipeline.RunSettings;
import dev.diver.deploy.pipeline.Stage;
import dev.diver.deploy.pipeline.Task;
import dev.diver.deploy.pipeline.TaskCommand;
import dev.diver.deploy.pipeline.TaskFiles;
import dev.diver.deploy.pipeline.TaskGraph;
import dev.diver.kernels.store.DiverHome;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The script of a gang: what is particular about it, for {@code gang.sh}. No value of a secret is
 * in it.
 */
final class GangScript {

  private final Pipeline pipeline;
  private final TaskGraph graph;
  private final TaskFiles files;
  private final RunSettings settings;
  private final SlurmFolder folder;

  GangScript(TaskFiles files, RunSettings settings, SlurmFolder folder) {
    this.pipeline = files.pipeline();
    this.graph = files.graph();
    this.files = files;
    this.settings = settings;
    this.folder = folder;
  }

  /** The variables that jobs of these stages get: the user's without other stages' secrets. */
  Map<String, String> environment(List<Integer> gang) {
    Set<String> secrets = new LinkedHashSet<>();
    gang.forEach(task -> secrets.addAll(stage(task).secrets()));
    Map<String, String> environment = settings.environment(pipeline, secrets);
    // of the job that Diver itself may be in; a job's own come from Slurm
    environment.keySet().removeIf(GangScript::isOfAnotherJob);
    return environment;
  }

  private static boolean isOfAnotherJob(String variable) {
    return variable.startsWith("SLURM_")
        && !variable.equals("SLURM_CONF")
        && !variable.equals("SLURM_CLUSTERS");
  }

  /** The script of a gang. */
  String text(List<Integer> gang) {
    int number = gang.getFirst();
    Path pipes = folder.pipes(number);
    Plumbing plumbing =
        new Plumbing(files, pipes, task -> Redirect.appendTo(folder.out(task).toFile()));
    List<Plumbing.Ends> ends = plumbing.ends(gang);
    List<Part> parts = new ArrayList<>();
    Map<String, String> environment = environment(gang);
    for (int i = 0; i < gang.size(); i++) {
      parts.add(part(gang.get(i), ends.get(i), environment));
    }
    for (Plumbing.Carrier carrier : plumbing.carriers()) {
      parts.add(
          new Part(
              carrier.task(), carrier.in(), carrier.out(), carrier.words(), carrier.words(), true));
    }
    StringBuilder text = new StringBuilder("#!/bin/bash\n");
    set(text, "slurm", quoted(folder.path()));
    set(text, "gang", "" + number);
    set(text, "folder", quoted(pipeline.folder()));
    set(text, "pipes", quoted(pipes));
    set(text, "always", yes(isAlways(gang)));
    list(text, "sees", sees(gang));
    list(text, "tasks", gang.stream().map(String::valueOf).toList());
    list(text, "whose", parts.stream().map(part -> "" + gang.indexOf(part.task)).toList());
    list(text, "streams", parts.stream().map(part -> yes(part.streams)).toList());
    list(text, "retries", gang.stream().map(task -> "" + stage(task).retries()).toList());
    list(text, "expected", gang.stream().map(this::expected).toList());
    list(text, "ends", parts.stream().map(part -> part.ends(plumbing.pipes())).toList());
    function(text, "waits", waits(gang));
    function(text, "prepare", prepare(plumbing));
    for (int i = 0; i < parts.size(); i++) {
      function(text, "part_" + i, parts.get(i).lines(folder));
    }
    return text.append(". \"$slurm/gang.sh\"\ngang\n").toString();
  }

  /** What dives need of the node: Diver itself, and the user's kernels. */
  private List<String> sees(List<Integer> gang) {
    return gang.stream().anyMatch(task -> stage(task).isDive())
        ? List.of(
            settings.diver().getFirst(),
            DiverHome.locate(settings.host().environment()).store().toString())
        : List.of();
  }

  private static void set(StringBuilder text, String name, String value) {
    text.append(name).append('=').append(value).append('\n');
  }

  private static void list(StringBuilder text, String name, List<String> values) {
    set(text, name, "(" + ShellWords.join(values) + ")");
  }

  private static void function(StringBuilder text, String name, List<String> lines) {
    text.append(name).append("() {\n");
    lines.forEach(line -> text.append("  ").append(line).append('\n'));
    text.append("}\n");
  }

  private static String quoted(Path path) {
    return ShellWords.quote(path.toString());
  }

  private static String yes(boolean is) {
    return is ? "yes" : "no";
  }

  private Task task(int number) {
    return graph.tasks().get(number);
  }

  private Stage stage(int number) {
    return pipeline.stage(task(number).stage());
  }

  /** Whether a gang also runs where the pipeline is being stopped. */
  boolean isAlways(List<Integer> gang) {
    return gang.stream()
        .allMatch(
            task ->
                pipeline.waitsFor(task(task).stage()).values().stream()
                    .anyMatch(Condition::skipped));
  }

  /** The statuses of a task that some stage's condition reckons with. */
  private String expected(int task) {
    return pipeline.stages().keySet().stream()
        .map(name -> Optional.ofNullable(pipeline.waitsFor(name).get(task(task).stage())))
        .flatMap(Optional::stream)
        .filter(condition -> !condition.skipped())
        .map(GangScript::ranges)
        .collect(Collectors.joining(" "));
  }

  private static String ranges(Condition condition) {
    return condition.statuses().stream()
        .map(range -> range.from() + "-" + range.to())
        .collect(Collectors.joining(" "));
  }

  // --- What it waits for ------------------------------------------------------------------------

  private List<String> waits(List<Integer> gang) {
    Set<String> lines = new LinkedHashSet<>();
    Set<Integer> files = new LinkedHashSet<>();
    for (Edge edge : graph.edges()) {
      if (edge.kind() == Edge.Kind.FILE && gang.contains(edge.to())) {
        files.add(edge.from());
      }
    }
    if (!files.isEmpty()) {
      lines.add("has_succeeded " + words(files) + " || return 1");
    }
    for (int task : gang) {
      pipeline
          .waitsFor(task(task).stage())
          .forEach(
              (other, condition) ->
                  lines.add(
                      "has_ended %s '%s' %s || return 1"
                          .formatted(
                              yes(condition.skipped()),
                              ranges(condition),
                              words(graph.tasksOf(other)))));
    }
    lines.add("return 0");
    return List.copyOf(lines);
  }

  private static String words(Iterable<Integer> numbers) {
    List<String> words = new ArrayList<>();
    numbers.forEach(number -> words.add("" + number));
    return String.join(" ", words);
  }

  // --- What it starts ---------------------------------------------------------------------------

  private static List<String> prepare(Plumbing plumbing) {
    List<String> lines = new ArrayList<>();
    if (!plumbing.pipes().isEmpty()) {
      lines.add("mkfifo -m 600 " + paths(plumbing.pipes()) + " || return 1");
    }
    for (Plumbing.Joined joined : plumbing.joined()) {
      lines.add("cat " + paths(joined.parts()) + " >" + quoted(joined.whole()) + " || return 1");
    }
    lines.add("return 0");
    return lines;
  }

  private static String paths(List<Path> paths) {
    return ShellWords.join(paths.stream().map(Path::toString).toList());
  }

  /**
   * A process.
   *
   * @param task that it is, or whose bytes it carries
   * @param words it is started with
   * @param named where paths of its pipes stand, beside its standard streams
   */
  private record Part(
      int task,
      Redirect in,
      Redirect out,
      List<String> words,
      List<String> named,
      boolean streams) {

    List<String> lines(SlurmFolder folder) {
      return List.of(
          "exec 2>>%s <%s %s%s"
              .formatted(
                  quoted(folder.err(task)),
                  quoted(in.file().toPath()),
                  out.type() == Redirect.Type.APPEND ? ">>" : ">",
                  quoted(out.file().toPath())),
          "exec " + ShellWords.join(words));
    }

    /** Those of the gang's pipes that it opens, by their names. */
    String ends(List<Path> pipes) {
      return pipes.stream()
          .filter(
              pipe ->
                  in.file().toPath().equals(pipe)
                      || out.file().toPath().equals(pipe)
                      || named.contains(pipe.toString()))
          .map(pipe -> pipe.getFileName().toString())
          .collect(Collectors.joining(" "));
    }
  }

  private Part part(int task, Plumbing.Ends ends, Map<String, String> environment) {
    TaskCommand command = TaskCommand.of(pipeline, task(task), ends.ports(), settings, "");
    List<String> words = new ArrayList<>(List.of("env"));
    environment.keySet().stream()
        .filter(name -> !command.environment().containsKey(name))
        .sorted()
        .forEach(name -> words.addAll(List.of("-u", name)));
    new TreeMap<>(command.environment())
        .forEach(
            (name, value) -> {
              boolean own = stage(task).env().containsKey(name);
              if (own && !name.equals(TaskCommand.MARK)) {
                words.add(name + "=" + value);
              }
            });
    words.addAll(inTime(stage(task)));
    words.addAll(command.words());
    return new Part(
        task,
        ends.in(),
        ends.out(),
        words,
        ends.ports().values().stream().map(Path::toString).toList(),
        graph.streams(task));
  }

  /** What ends a task at its timeout with all that it has started, to be put before its words. */
  private static List<String> inTime(Stage stage) {
    double limit = stage.timeout().map(time -> time.millis() / 1e3).orElse(0.0);
    return List.of(
        "timeout", "-k", TaskCommand.grace(stage).toSeconds() + "s", Double.toString(limit));
  }
}
