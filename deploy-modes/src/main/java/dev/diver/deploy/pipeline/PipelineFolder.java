package dev.diver.deploy.pipeline;

import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import dev.diver.kernels.pack.Staging;
import dev.diver.kernels.reference.Digest;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;

/**
 * The folder of a pipeline: what its tasks keep for each other, which of them have finished, and
 * how long they took. It is locked while the pipeline runs, and stays: with all of it where the run
 * did not succeed, so that another one can resume it, else with the times alone.
 */
public final class PipelineFolder implements AutoCloseable {

  private static final String LOCK = "lock";

  /** Is there while the pipeline runs, and where its end was not in order. */
  private static final String RUNNING = "running";

  /** A file system in memory (shm_overview(7)). */
  private static final Path SHARED_MEMORY = Path.of("/dev/shm");

  /** For what nobody has resumed in so long, the room is worth more. */
  private static final Duration LONGEST_KEPT = Duration.ofDays(14);

  private final Path path;
  private final FileChannel lock;

  private PipelineFolder(Path path, FileChannel lock) {
    this.path = path;
    this.lock = lock;
  }

  /**
   * A pipeline's folder among those of others. What is left of runs that were killed is ended and
   * removed first, of this pipeline and all others.
   *
   * @param resume whether to leave what an earlier run has kept
   * @throws dev.diver.kernels.failure.DiverException CONFLICT where the pipeline is running
   */
  public static PipelineFolder open(Path folders, Pipeline pipeline, boolean resume) {
    Path path = of(folders, pipeline);
    try {
      Files.createDirectories(path);
      try (Stream<Path> others = Files.list(folders)) {
        others.filter(other -> !other.equals(path)).forEach(PipelineFolder::clean);
      }
      FileChannel lock = lock(path);
      if (Files.exists(path.resolve(RUNNING))) {
        sweep(path.toString());
      }
      PipelineFolder folder = new PipelineFolder(path, lock);
      removeJoints(path);
      if (!resume) {
        Staging.delete(folder.kept());
        Staging.delete(folder.finished());
      }
      Files.createDirectories(folder.pipes());
      Files.write(path.resolve(RUNNING), new byte[0]);
      return folder;
    } catch (OverlappingFileLockException | LockedException e) {
      throw new Failure(
              Failure.Kind.CONFLICT,
              "The pipeline " + pipeline.file() + " is running already.",
              "Wait for its end, or stop the diver that runs it.")
          .exception(e);
    } catch (IOException e) {
      throw IoFailure.of("make a folder in", folders, e);
    }
  }

  /** Where the folder of a pipeline is, whether there is one or not. */
  static Path of(Path folders, Pipeline pipeline) {
    String file = pipeline.file().toString();
    String name = pipeline.name().replaceAll("[^A-Za-z0-9_-]", "_");
    return folders.resolve(
        name.substring(0, Math.min(40, name.length()))
            + "-"
            + Digest.of(file.getBytes(StandardCharsets.UTF_8)).shortHex());
  }

  private static final class LockedException extends IOException {}

  private static FileChannel lock(Path folder) throws IOException {
    Path file = folder.resolve(LOCK);
    while (true) {
      Files.createDirectories(folder);
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      try {
        if (channel.tryLock() == null) {
          throw new LockedException();
        }
      } catch (IOException | OverlappingFileLockException e) {
        channel.close();
        throw e;
      }
      if (Files.exists(file)) {
        return channel;
      }
      channel.close(); // it was just removed as too old
    }
  }

  /** What a killed run has left, and what is too old. */
  private static void clean(Path folder) {
    try (FileChannel lock = FileChannel.open(folder.resolve(LOCK), StandardOpenOption.WRITE)) {
      if (lock.tryLock() == null) {
        return;
      }
      Instant used = Files.getLastModifiedTime(folder).toInstant();
      if (Files.exists(folder.resolve(RUNNING))) {
        sweep(folder.toString());
        removeJoints(folder);
        Files.deleteIfExists(folder.resolve(RUNNING));
      }
      if (used.plus(LONGEST_KEPT).isBefore(Instant.now())) {
        Staging.delete(folder);
      }
    } catch (IOException | OverlappingFileLockException _) {
      // in use, or gone
    }
  }

  /** For named pipes. */
  public Path pipes() {
    return pipes(path);
  }

  /**
   * For streams in shared memory: a folder in memory where there can be one, else that of the
   * pipes, which is slower since Linux writes it to the disk.
   */
  Path streams() {
    Path link = streams(path);
    try {
      if (!Files.isSymbolicLink(link)) {
        if (!Files.isWritable(SHARED_MEMORY)) {
          return pipes();
        }
        Files.createSymbolicLink(link, Files.createTempDirectory(SHARED_MEMORY, "diver-streams-"));
      }
      return link.toRealPath();
    } catch (IOException e) {
      throw IoFailure.of("make a folder in", SHARED_MEMORY, e);
    }
  }

  private static Path pipes(Path folder) {
    return folder.resolve("pipes");
  }

  /** Leads to where they are, so that whoever comes after a killed run finds them. */
  private static Path streams(Path folder) {
    return folder.resolve("streams");
  }

  /** Removes what is of no use when its run has ended. */
  private static void removeJoints(Path folder) throws IOException {
    Staging.delete(pipes(folder));
    Path link = streams(folder);
    if (Files.isSymbolicLink(link)) {
      Staging.delete(Files.readSymbolicLink(link));
      Files.delete(link);
    }
  }

  /** For what tasks keep for each other, see {@link TaskFiles}. */
  public Path kept() {
    return path.resolve("kept");
  }

  /** For {@link FinishedGangs}. */
  public Path finished() {
    return path.resolve("finished");
  }

  /** What {@link TaskCommand#MARK} tells the run's processes. */
  public String id() {
    return path.toString();
  }

  /** Ends what the tasks of this run have left in the background. */
  public void sweep() {
    sweep(id());
  }

  /** All that a run has started carries its mark, whatever session it has gone to. */
  private static void sweep(String run) {
    byte[] mark = ("\0" + TaskCommand.MARK + "=" + run + "\0").getBytes(StandardCharsets.UTF_8);
    String text = new String(mark, StandardCharsets.ISO_8859_1);
    ProcessHandle.allProcesses()
        .filter(process -> hasMark(process.pid(), text))
        .forEach(ProcessHandle::destroyForcibly);
  }

  private static boolean hasMark(long pid, String mark) {
    try {
      byte[] environment = Files.readAllBytes(Path.of("/proc", Long.toString(pid), "environ"));
      return ("\0" + new String(environment, StandardCharsets.ISO_8859_1) + "\0").contains(mark);
    } catch (IOException _) {
      return false; // another user's, or gone
    }
  }

  /** The pipeline has succeeded: nothing is left to be resumed. */
  public void forget() {
    try {
      Staging.delete(kept());
      Staging.delete(finished());
    } catch (IOException e) {
      throw IoFailure.of("remove what was kept in", path, e);
    }
  }

  @Override
  public void close() {
    try {
      removeJoints(path);
      Files.deleteIfExists(path.resolve(RUNNING));
      lock.close();
    } catch (IOException e) {
      throw IoFailure.of("remove", pipes(), e);
    }
  }
}
