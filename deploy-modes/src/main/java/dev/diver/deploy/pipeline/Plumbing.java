package dev.diver.deploy.pipeline;

import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What joins the tasks of a gang to each other, and to the files of those before them: named pipes,
 * and tee(1) and cat(1) where a pipe has several readers, or a reader several files. No byte passes
 * through this process.
 *
 * <p>A pipe between two standard streams is opened here before its processes start and closed when
 * they have, since opening a named pipe waits for the other end. Whoever is given a pipe by its
 * path opens it on its own.
 */
final class Plumbing {

  /** What a task is started with. */
  record Ends(Redirect in, Redirect out, Map<String, Path> ports) {}

  /** A process beside the tasks, which carries bytes and computes nothing. */
  record Carrier(List<String> words, Redirect in, Redirect out) {}

  private static final Redirect NOTHING = Redirect.from(Path.of("/dev/null").toFile());
  private static final Redirect NOWHERE = Redirect.to(Path.of("/dev/null").toFile());

  private final Pipeline pipeline;
  private final TaskGraph graph;
  private final PipelineFolder folder;
  private final Redirect unread;
  private final List<Path> pipes = new ArrayList<>();
  private final List<Path> heldPipes = new ArrayList<>();
  private final List<Carrier> carriers = new ArrayList<>();
  private final Map<Edge, Path> paths = new HashMap<>();

  /** For the tasks of a gang; {@code unread} is where standard output goes that nobody reads. */
  Plumbing(Pipeline pipeline, TaskGraph graph, PipelineFolder folder, Redirect unread) {
    this.pipeline = pipeline;
    this.graph = graph;
    this.folder = folder;
    this.unread = unread;
  }

  /** The ends for each task; to be asked once, before {@link #pipes} and {@link #carriers}. */
  List<Ends> ends(List<Integer> gang) {
    Map<Integer, Redirect> outs = new HashMap<>();
    Map<Integer, Map<String, Path>> ports = new HashMap<>();
    for (int task : gang) {
      ports.put(task, new HashMap<>());
      outs.put(task, out(task));
    }
    gang.forEach(task -> outputs(task, at(ports, task)));
    List<Ends> ends = new ArrayList<>();
    for (int task : gang) {
      Redirect in = NOTHING;
      for (Stage.Input input : stage(task).allInputs()) {
        if (input.name().equals(Stage.STDIN)) {
          in = in(task, input);
        } else {
          at(ports, task).put(Expressions.INPUT + input.name(), input(task, input));
        }
      }
      ends.add(new Ends(in, at(outs, task), at(ports, task)));
    }
    return ends;
  }

  private static <T> T at(Map<Integer, T> map, int task) {
    return java.util.Optional.ofNullable(map.get(task)).orElseThrow();
  }

  /** All named pipes. */
  List<Path> pipes() {
    return pipes;
  }

  /** Those that are to be open while the processes start. */
  List<Path> heldPipes() {
    return heldPipes;
  }

  List<Carrier> carriers() {
    return carriers;
  }

  private Stage stage(int task) {
    return pipeline.stage(graph.tasks().get(task).stage());
  }

  private List<Edge> from(int task, String output, Edge.Kind kind) {
    return graph.edges().stream()
        .filter(edge -> edge.from() == task && edge.kind() == kind && edge.output().equals(output))
        .toList();
  }

  private Path pipe(String name, boolean held) {
    Path pipe = folder.file(name.replace('[', '-').replace("]", "") + "-" + pipes.size());
    pipes.add(pipe);
    if (held) {
      heldPipes.add(pipe);
    }
    return pipe;
  }

  /** Where the whole of an output is kept: the stage's own file, else one of ours. */
  private Path file(int task, String output) {
    Stage stage = stage(task);
    String own =
        output.equals(Stage.STDOUT) ? stage.stdout().orElse("") : stage.outputs().get(output);
    Task of = graph.tasks().get(task);
    return own == null || own.isEmpty()
        ? folder.file("whole-" + task + "-" + output)
        : pipeline.folder().resolve(TaskGraph.filled(own, of.index(), of.item().orElse("")));
  }

  private Redirect out(int task) {
    if (!stage(task).streams(Stage.STDOUT)) {
      return Redirect.to(made(file(task, Stage.STDOUT)).toFile());
    }
    List<Edge> readers = from(task, Stage.STDOUT, Edge.Kind.STREAM);
    boolean kept = !from(task, Stage.STDOUT, Edge.Kind.FILE).isEmpty();
    if (readers.isEmpty()) {
      return kept ? Redirect.to(file(task, Stage.STDOUT).toFile()) : unread;
    }
    Edge first = readers.getFirst();
    if (readers.size() == 1 && !kept && first.input().equals(Stage.STDIN)) {
      Path pipe = pipe(graph.tasks().get(task).name(), true);
      paths.put(first, pipe);
      return Redirect.to(pipe.toFile());
    }
    Path pipe = pipe(graph.tasks().get(task).name(), true);
    List<String> words = new ArrayList<>(List.of("tee", "-p"));
    targets(task, Stage.STDOUT, readers, kept, words);
    carriers.add(new Carrier(words, Redirect.from(pipe.toFile()), NOWHERE));
    return Redirect.to(pipe.toFile());
  }

  /** A pipe for each reader, and a file for those who come later. */
  private void targets(
      int task, String output, List<Edge> readers, boolean kept, List<String> words) {
    for (Edge reader : readers) {
      Path pipe = pipe(graph.tasks().get(task).name() + "-" + output, false);
      paths.put(reader, pipe);
      words.add(pipe.toString());
    }
    if (kept) {
      words.add(file(task, output).toString());
    }
  }

  private void outputs(int task, Map<String, Path> ports) {
    stage(task)
        .outputs()
        .keySet()
        .forEach(port -> ports.put(Expressions.OUTPUT + port, made(file(task, port))));
    for (String port : stage(task).streams()) {
      List<Edge> readers = from(task, port, Edge.Kind.STREAM);
      boolean kept = !from(task, port, Edge.Kind.FILE).isEmpty();
      Path pipe = pipe(graph.tasks().get(task).name() + "-" + port, false);
      ports.put(Expressions.OUTPUT + port, pipe);
      if (readers.size() == 1 && !kept) {
        paths.put(readers.getFirst(), pipe);
      } else {
        // the shell waits for the writer, so that nobody sees an end before it has begun
        List<String> words =
            new ArrayList<>(List.of("sh", "-c", "exec tee -p \"$@\" <\"$0\"", pipe.toString()));
        targets(task, port, readers, kept, words);
        carriers.add(new Carrier(words, NOTHING, NOWHERE));
      }
    }
  }

  /** The folder of a file is made for it. */
  private static Path made(Path file) {
    try {
      Path folder = file.toAbsolutePath().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      return file;
    } catch (IOException e) {
      throw IoFailure.of("make the folder of", file, e);
    }
  }

  /** What feeds an input: pipes, and files that are whole by now. */
  private List<Path> feeds(int task, Stage.Input input) {
    Task reader = graph.tasks().get(task);
    List<Path> feeds = new ArrayList<>();
    for (Source source : input.feed().sources()) {
      if (source.isFile()) {
        String path = TaskGraph.filled(source.owner(), reader.index(), reader.item().orElse(""));
        feeds.add(pipeline.folder().resolve(path));
        continue;
      }
      for (Edge edge : graph.edges()) {
        boolean fits =
            edge.to() == task
                && edge.input().equals(input.name())
                && edge.output().equals(source.output())
                && graph.tasks().get(edge.from()).stage().equals(source.owner());
        if (fits) {
          Path pipe = paths.get(edge);
          feeds.add(pipe != null ? pipe : file(edge.from(), edge.output()));
        }
      }
    }
    return feeds;
  }

  private Redirect in(int task, Stage.Input input) {
    List<Path> feeds = feeds(task, input);
    Path only = feeds.getFirst();
    if (feeds.size() == 1 && (heldPipes.contains(only) || !pipes.contains(only))) {
      return Redirect.from(only.toFile());
    }
    List<String> words = new ArrayList<>(List.of("cat"));
    feeds.forEach(feed -> words.add(feed.toString()));
    Path pipe = pipe(graph.tasks().get(task).name() + "-in", true);
    carriers.add(new Carrier(words, NOTHING, Redirect.to(pipe.toFile())));
    return Redirect.from(pipe.toFile());
  }

  /** One file or pipe; several files are put together in one. */
  private Path input(int task, Stage.Input input) {
    List<Path> feeds = feeds(task, input);
    if (feeds.size() == 1) {
      return feeds.getFirst();
    }
    Path whole = folder.file("fed-" + task + "-" + input.name());
    try (OutputStream out = Files.newOutputStream(whole)) {
      for (Path feed : feeds) {
        Files.copy(feed, out);
      }
      return whole;
    } catch (IOException e) {
      throw new Failure(
              Failure.Kind.FAILED,
              "The input %s of %s could not be put together: %s."
                  .formatted(input.name(), graph.tasks().get(task).name(), e.getMessage()),
              "See that those who feed it leave their files, and that the disk has room.")
          .exception(e);
    }
  }
}
