package dev.diver.deploy.pipeline;

import dev.diver.deploy.stream.StreamFile;
import dev.diver.kernels.failure.IoFailure;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.function.Consumer;

/**
 * One try of a gang: the processes of its tasks, and those that carry bytes between them.
 *
 * <p>Everything is started by the thread that makes this, and tied to its life.
 */
final class GangRun {

  /**
   * A process has ended: that of the gang's task with this place, or, from its size on, a carrier.
   */
  record Exit(GangRun gang, int place) {}

  /** Hears what is written, by place. */
  interface Ear {
    /**
     * A line.
     *
     * @param printed whether it came on standard output
     */
    void heard(int place, String line, boolean printed);
  }

  private static final int KEPT_LINES = 10;
  private static final int LONGEST_LINE = 4096;

  private final List<Integer> tasks;
  private final List<Process> processes = new ArrayList<>();
  private final List<Deque<String>> lastLines = new ArrayList<>();
  private final Map<Integer, List<Path>> pipesOf = new HashMap<>();
  private final boolean[] stopped;
  private final List<List<Thread>> pumps = new ArrayList<>();
  private final long began = System.nanoTime();
  private int living;
  private Optional<Traffic> traffic = Optional.empty();

  private GangRun(List<Integer> tasks, int size) {
    this.tasks = tasks;
    this.stopped = new boolean[size];
  }

  /** What is started: a command with its ends, and who is told of what it says. */
  record Part(TaskCommand command, Plumbing.Ends ends) {}

  /**
   * Starts all of a gang.
   *
   * @param tasks their numbers
   * @param parts for each of the tasks, then for each carrier
   * @param plumbing between them
   * @param said is told of each line that the task of this place writes to standard error
   * @param exits is told of each end
   */
  static GangRun start(
      TaskFiles files,
      List<Integer> tasks,
      List<Part> parts,
      Plumbing plumbing,
      Ear said,
      BlockingQueue<Exit> exits)
      throws InterruptedException {
    GangRun gang = new GangRun(tasks, parts.size());
    List<RandomAccessFile> held = new ArrayList<>();
    try {
      gang.makePipes(plumbing);
      for (Path stream : plumbing.streams()) {
        Files.deleteIfExists(stream); // of a try before
        new StreamFile(stream).create();
      }
      for (Path pipe : plumbing.heldPipes()) {
        held.add(new RandomAccessFile(pipe.toFile(), "rw"));
      }
      for (int place = 0; place < parts.size(); place++) {
        gang.start(files.pipeline(), parts.get(place), place, said);
      }
    } catch (IOException e) {
      gang.kill();
      throw IoFailure.of("start a stage in", files.pipeline().folder(), e);
    } finally {
      held.forEach(GangRun::close);
    }
    gang.living = parts.size();
    gang.traffic = Optional.of(new Traffic(tasks, plumbing, files, gang.processes));
    for (int place = 0; place < parts.size(); place++) {
      int ended = place;
      var _ = gang.processes.get(place).onExit().thenRun(() -> exits.add(new Exit(gang, ended)));
    }
    return gang;
  }

  private static void close(RandomAccessFile file) {
    try {
      file.close();
    } catch (IOException _) {
      // it was only there to be open
    }
  }

  private void makePipes(Plumbing plumbing) throws IOException, InterruptedException {
    if (plumbing.pipes().isEmpty()) {
      return;
    }
    List<String> words = new ArrayList<>(List.of("mkfifo", "-m", "600"));
    for (Path pipe : plumbing.pipes()) {
      Files.deleteIfExists(pipe); // of a try before
      words.add(pipe.toString());
    }
    int status = new ProcessBuilder(words).start().waitFor();
    if (status != 0) {
      throw new IOException("mkfifo ended with " + status);
    }
  }

  private void start(Pipeline pipeline, Part part, int place, Ear said) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(part.command.words())
            .directory(pipeline.folder().toFile())
            .redirectInput(part.ends.in())
            .redirectOutput(part.ends.out());
    builder.environment().clear();
    builder.environment().putAll(part.command.environment());
    Process process = builder.start();
    processes.add(process);
    pipesOf.put(place, List.copyOf(part.ends.ports().values()));
    Deque<String> last = new ArrayDeque<>();
    lastLines.add(last);
    List<Thread> own = new ArrayList<>();
    own.add(pump(process.getErrorStream(), line -> keep(line, place, last, said)));
    if (part.ends.out().equals(Redirect.PIPE)) {
      own.add(pump(process.getInputStream(), line -> said.heard(place, line, true)));
    }
    pumps.add(own);
  }

  /** Passes the lines on that come from a process; what is too long for one becomes several. */
  private static Thread pump(InputStream stream, Consumer<String> heard) {
    return Thread.ofVirtual()
        .start(
            () -> {
              try (BufferedReader lines =
                  new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                pump(lines, heard);
              } catch (IOException _) {
                // ended with its process
              }
            });
  }

  private static void pump(BufferedReader lines, Consumer<String> heard) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = lines.read(); next >= 0; next = lines.read()) {
      if (next != '\n') {
        line.append((char) next);
      }
      if (next == '\n' || line.length() >= LONGEST_LINE) {
        heard.accept(line.toString());
        line.setLength(0);
      }
    }
    if (!line.isEmpty()) {
      heard.accept(line.toString());
    }
  }

  /** Standard error is what people read: its last lines are kept. */
  private static void keep(String line, int place, Deque<String> last, Ear said) {
    synchronized (last) {
      last.add(line);
      if (last.size() > KEPT_LINES) {
        last.remove();
      }
    }
    said.heard(place, line, false);
  }

  long pid(int place) {
    return processes.get(place).pid();
  }

  Duration took() {
    return Duration.ofNanos(System.nanoTime() - began);
  }

  /** Takes note of an end; its exit status, after all that it wrote has been read. */
  int ended(int place) throws InterruptedException {
    living--;
    for (Thread pump : pumps.get(place)) {
      pump.join(Duration.ofSeconds(1)); // others may have its standard error, too
    }
    return processes.get(place).exitValue();
  }

  /** What has gone through the edges that lead from its tasks, about, in bytes. */
  Map<Edge, Long> traffic() {
    return traffic.map(Traffic::bytes).orElse(Map.of());
  }

  boolean isOver() {
    return living == 0;
  }

  boolean wasStopped(int place) {
    return stopped[place];
  }

  List<String> lastLines(int place) {
    Deque<String> last = lastLines.get(place);
    synchronized (last) {
      return List.copyOf(last);
    }
  }

  /** Asks all that still run to end; timeout(1) kills those that do not. */
  void stop() {
    for (int place = 0; place < processes.size(); place++) {
      if (processes.get(place).isAlive()) {
        stopped[place] = true;
        processes.get(place).destroy();
      }
    }
  }

  void kill() {
    processes.forEach(Process::destroyForcibly);
  }

  List<Process> processes() {
    return processes;
  }

  /**
   * Lets those go on who wait for the other end of a pipe whose task has ended without opening it:
   * to have been open for a moment is enough (fifo(7)).
   */
  void releasePipes() {
    pipesOf.forEach(
        (place, pipes) -> {
          if (place < tasks.size() && !processes.get(place).isAlive()) {
            pipes.stream().filter(GangRun::isPipe).forEach(GangRun::touch);
          }
        });
  }

  private static boolean isPipe(Path path) {
    return Files.exists(path) && !Files.isRegularFile(path) && !Files.isDirectory(path);
  }

  private static void touch(Path pipe) {
    try {
      new RandomAccessFile(pipe.toFile(), "rw").close();
    } catch (IOException _) {
      // it is gone, and so are those who waited
    }
  }
}
