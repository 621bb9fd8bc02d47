package dev.diver.deploy.pipeline;

import dev.diver.deploy.SharedStreams;
import dev.diver.kernels.failure.IoFailure;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;

/**
 * What joins the tasks of a gang to each other, and to the files of those before them: named pipes,
 * and tee(1) and cat(1) where a pipe has several readers, or a reader several files. No byte passes
 * through this process.
 *
 * <p>Between two dives whose kernels have streams in shared memory there is such a stream instead
 * (docs/streams.md).
 *
 * <p>A pipe between two standard streams is opened here before its processes start and closed when
 * they have, since opening a named pipe waits for the other end. Whoever is given a pipe by its
 * path opens it on its own.
 */
public final class Plumbing {

  /**
   * What a task is started with.
   *
   * @param in standard input
   * @param out standard output
   * @param ports paths by what is asked for with {@code ${{ }}}
   * @param streams what of these is a stream in shared memory rather than a redirect
   */
  public record Ends(Redirect in, Redirect out, Map<String, Path> ports, SharedStreams streams) {

    /** With pipes and files alone. */
    public Ends(Redirect in, Redirect out, Map<String, Path> ports) {
      this(in, out, ports, SharedStreams.NONE);
    }
  }

  /**
   * A process beside the tasks, which carries bytes and computes nothing.
   *
   * @param task whose output or input it carries; it speaks for that
   */
  public record Carrier(int task, List<String> words, Redirect in, Redirect out) {}

  /** Files that are to be put together, in this order, before the tasks start. */
  public record Joined(Path whole, List<Path> parts) {}

  private static final Redirect NOTHING = Redirect.from(Path.of("/dev/null").toFile());
  private static final Redirect NOWHERE = Redirect.to(Path.of("/dev/null").toFile());

  private final Pipeline pipeline;
  private final TaskGraph graph;
  private final TaskFiles files;
  private final Path pipeFolder;
  private final Path streamFolder;
  private final IntFunction<Redirect> unread;
  private final Set<String> streaming;
  private final List<Path> pipes = new ArrayList<>();
  private final List<Path> streams = new ArrayList<>();
  private final List<Path> heldPipes = new ArrayList<>();
  private final List<Carrier> carriers = new ArrayList<>();
  private final List<Joined> joined = new ArrayList<>();
  private final Map<Edge, Path> paths = new HashMap<>();
  private final Map<Integer, Path> streamFrom = new HashMap<>();

  /**
   * For the tasks of a gang.
   *
   * @param files where whole outputs are
   * @param pipeFolder where named pipes are to be made
   * @param unread where the standard output of a task goes that nobody reads
   */
  public Plumbing(TaskFiles files, Path pipeFolder, IntFunction<Redirect> unread) {
    this(files, pipeFolder, unread, Set.of(), pipeFolder);
  }

  /**
   * The same on one machine.
   *
   * @param streaming stages that can have streams in shared memory, see {@link StreamingStages}
   * @param streamFolder where those are to be made
   */
  public Plumbing(
      TaskFiles files,
      Path pipeFolder,
      IntFunction<Redirect> unread,
      Set<String> streaming,
      Path streamFolder) {
    this.pipeline = files.pipeline();
    this.graph = files.graph();
    this.files = files;
    this.pipeFolder = pipeFolder;
    this.streamFolder = streamFolder;
    this.unread = unread;
    this.streaming = Set.copyOf(streaming);
  }

  /** The ends for each task; to be asked once, and before all else. */
  public List<Ends> ends(List<Integer> gang) {
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
      Optional<Path> stream = Optional.empty();
      for (Stage.Input input : stage(task).allInputs()) {
        if (input.name().equals(Stage.STDIN)) {
          in = in(task, input);
          stream = feeds(task, input).stream().filter(streams::contains).findFirst();
        } else {
          at(ports, task).put(Expressions.INPUT + input.name(), input(task, input));
        }
      }
      ends.add(
          new Ends(
              in,
              at(outs, task),
              at(ports, task),
              new SharedStreams(stream, Optional.ofNullable(streamFrom.get(task)))));
    }
    return ends;
  }

  private static <T> T at(Map<Integer, T> map, int task) {
    return Optional.ofNullable(map.get(task)).orElseThrow();
  }

  /** All named pipes. */
  public List<Path> pipes() {
    return pipes;
  }

  /** Those that are to be open while the processes start. */
  public List<Path> heldPipes() {
    return heldPipes;
  }

  /** Streams in shared memory, which are to be made before the processes start. */
  public List<Path> streams() {
    return streams;
  }

  public List<Carrier> carriers() {
    return carriers;
  }

  /** What is to be put together before the tasks start. */
  public List<Joined> joined() {
    return joined;
  }

  /** The pipe or file that the reader's end of an edge of this gang is. */
  public Optional<Path> path(Edge edge) {
    return Optional.ofNullable(paths.get(edge));
  }

  private String stageName(int task) {
    return graph.tasks().get(task).stage();
  }

  private Stage stage(int task) {
    return pipeline.stage(stageName(task));
  }

  private List<Edge> from(int task, String output, Edge.Kind kind) {
    return graph.edges().stream()
        .filter(edge -> edge.from() == task && edge.kind() == kind && edge.output().equals(output))
        .toList();
  }

  /** By the task's number, so that gangs which run at once do not take each other's. */
  private Path pipe(int task, boolean held) {
    Path pipe = pipeFolder.resolve(task + "-" + stageName(task) + "-" + pipes.size());
    pipes.add(pipe);
    if (held) {
      heldPipes.add(pipe);
    }
    return pipe;
  }

  private Path file(int task, String output) {
    return files.output(task, output);
  }

  private Redirect out(int task) {
    if (!stage(task).streams(Stage.STDOUT)) {
      return Redirect.to(made(file(task, Stage.STDOUT)).toFile());
    }
    List<Edge> readers = from(task, Stage.STDOUT, Edge.Kind.STREAM);
    boolean kept = !from(task, Stage.STDOUT, Edge.Kind.FILE).isEmpty();
    if (readers.isEmpty()) {
      return kept ? Redirect.to(file(task, Stage.STDOUT).toFile()) : unread.apply(task);
    }
    Edge first = readers.getFirst();
    if (readers.size() == 1 && !kept && first.input().equals(Stage.STDIN)) {
      if (shares(task) && shares(first.to())) {
        Path stream = streamFolder.resolve(task + "-" + stageName(task));
        streams.add(stream);
        streamFrom.put(task, stream);
        paths.put(first, stream);
        return NOWHERE;
      }
      Path pipe = pipe(task, true);
      paths.put(first, pipe);
      return Redirect.to(pipe.toFile());
    }
    Path pipe = pipe(task, true);
    List<String> words = new ArrayList<>(List.of("sh", "-c", "exec tee -p \"$@\" >\"$0\""));
    targets(task, Stage.STDOUT, readers, kept, words);
    carriers.add(new Carrier(task, words, Redirect.from(pipe.toFile()), NOWHERE));
    return Redirect.to(pipe.toFile());
  }

  private boolean shares(int task) {
    return streaming.contains(stageName(task));
  }

  /**
   * A pipe for each reader, and a file for those who come later. The first of them becomes the
   * standard output of tee(1), which ends when nobody is left to write to.
   */
  private void targets(
      int task, String output, List<Edge> readers, boolean kept, List<String> words) {
    for (Edge reader : readers) {
      Path pipe = pipe(task, false);
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
      Path pipe = pipe(task, false);
      ports.put(Expressions.OUTPUT + port, pipe);
      if (readers.size() == 1 && !kept) {
        paths.put(readers.getFirst(), pipe);
      } else {
        // the shell waits for the writer, so that nobody sees an end before it has begun
        String line = "in=$0; first=$1; shift; exec tee -p \"$@\" <\"$in\" >\"$first\"";
        List<String> words = new ArrayList<>(List.of("sh", "-c", line, pipe.toString()));
        targets(task, port, readers, kept, words);
        carriers.add(new Carrier(task, words, NOTHING, NOWHERE));
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
    return files.feeds(
        task, input, edge -> path(edge).or(() -> Optional.of(file(edge.from(), edge.output()))));
  }

  private Redirect in(int task, Stage.Input input) {
    List<Path> feeds = feeds(task, input);
    Path only = feeds.getFirst();
    if (streams.contains(only)) {
      return NOTHING;
    }
    if (feeds.size() == 1 && (heldPipes.contains(only) || !pipes.contains(only))) {
      return Redirect.from(only.toFile());
    }
    List<String> words = new ArrayList<>(List.of("cat"));
    feeds.forEach(feed -> words.add(feed.toString()));
    Path pipe = pipe(task, true);
    carriers.add(new Carrier(task, words, NOTHING, Redirect.to(pipe.toFile())));
    return Redirect.from(pipe.toFile());
  }

  /** One file or pipe; several files are put together in one. */
  private Path input(int task, Stage.Input input) {
    List<Path> feeds = feeds(task, input);
    if (feeds.size() == 1) {
      return feeds.getFirst();
    }
    Path whole = files.fed(task, input.name());
    joined.add(new Joined(whole, feeds));
    return whole;
  }
}
