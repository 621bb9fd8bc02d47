package dev.diver.deploy.pipeline;

import dev.diver.deploy.stream.StreamFile;
import dev.diver.kernels.failure.IoFailure;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;

/** One try of a gang: the processes of its tasks, and those that carry bytes between them. */
final class GangRun {

  /**
   * A process has ended: that of the gang's task with this place, or, from its size on, a carrier.
   */
  record Exit(GangRun gang, int place) {}

  /** Hears what is written. */
  interface Ear {
    /**
     * A line.
     *
     * @param task that wrote it, or whose bytes are carried by who did
     * @param printed whether it came on standard output
     */
    void heard(int task, String line, boolean printed);
  }

  private static final int ASKED_TO_END = 128 + 15;

  private final List<Integer> tasks;
  private final List<Part> parts;
  private final List<Supervised> processes = new ArrayList<>();
  private final List<LastLines> lastLines = new ArrayList<>();
  private final Map<Integer, List<Path>> pipesOf = new HashMap<>();
  private final boolean[] stopped;
  private final long began = System.nanoTime();
  private int living;
  private Optional<Traffic> traffic = Optional.empty();

  private GangRun(List<Integer> tasks, List<Part> parts) {
    this.tasks = tasks;
    this.parts = parts;
    this.stopped = new boolean[parts.size()];
    this.living = parts.size();
  }

  /**
   * What is started: a command with its ends, where it may run and how long.
   *
   * @param task that it is, or whose bytes it carries
   */
  record Part(int task, TaskCommand command, Plumbing.Ends ends, Supervisor.Limits limits) {}

  /**
   * Starts all of a gang.
   *
   * @param tasks their numbers
   * @param parts for each of the tasks, then for each carrier
   * @param plumbing between them
   * @param said is told of each line that is not for another task or a file
   * @param exits is told of each end
   */
  static GangRun start(
      Supervisor supervisor,
      TaskFiles files,
      List<Integer> tasks,
      List<Part> parts,
      Plumbing plumbing,
      Ear said,
      BlockingQueue<Exit> exits)
      throws InterruptedException {
    GangRun gang = new GangRun(tasks, parts);
    Path folder = files.pipeline().folder();
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
        Part part = parts.get(place);
        Supervised.Ear ear = gang.ear(place, said, exits);
        gang.pipesOf.put(place, List.copyOf(part.ends.ports().values()));
        gang.processes.add(supervisor.start(part.command, folder, part.ends, part.limits, ear));
      }
      gang.traffic = Optional.of(new Traffic(tasks, plumbing, files, gang.pids()));
    } catch (IOException e) {
      gang.stop();
      throw IoFailure.of("start a stage in", folder, e);
    } finally {
      held.forEach(GangRun::close);
    }
    return gang;
  }

  /** When all have one, the pipes that are held are open in them. */
  private List<Long> pids() throws InterruptedException {
    List<Long> pids = new ArrayList<>();
    for (Supervised process : processes) {
      pids.add(process.pid());
    }
    return pids;
  }

  private Supervised.Ear ear(int place, Ear said, BlockingQueue<Exit> exits) {
    LastLines last = new LastLines();
    lastLines.add(last);
    return new Supervised.Ear() {
      @Override
      public void heard(String line, boolean printed) {
        if (!printed) {
          last.add(line);
        }
        said.heard(task(place), line, printed);
      }

      @Override
      public void ended() {
        exits.add(new Exit(GangRun.this, place));
      }
    };
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

  /** The task that the process of this place is, or whose bytes it carries. */
  int task(int place) {
    return parts.get(place).task;
  }

  long pid(int place) throws InterruptedException {
    return processes.get(place).pid();
  }

  Duration took() {
    return Duration.ofNanos(System.nanoTime() - began);
  }

  /**
   * Takes note of an end; its exit status, after all that it wrote has been heard. Who was asked to
   * end and did so in order has not done what it was to do.
   */
  int ended(int place) {
    living--;
    int status = processes.get(place).status();
    return status == 0 && stopped[place] ? ASKED_TO_END : status;
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
    return lastLines.get(place).kept();
  }

  /** Asks all that still run to end; those that do not in their grace are killed. */
  void stop() {
    for (int place = 0; place < processes.size(); place++) {
      if (processes.get(place).isAlive()) {
        stopped[place] = true;
        processes.get(place).stop();
      }
    }
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
