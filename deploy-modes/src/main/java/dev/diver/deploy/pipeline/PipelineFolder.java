package dev.diver.deploy.pipeline;

import dev.diver.kernels.failure.IoFailure;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A folder for what one run of a pipeline keeps between its tasks. It is locked while it is used,
 * so that whoever comes later can tell one that was left behind.
 */
final class PipelineFolder implements AutoCloseable {

  private static final String LOCK = "lock";

  private final Path path;
  private final FileChannel lock;

  private PipelineFolder(Path path, FileChannel lock) {
    this.path = path;
    this.lock = lock;
  }

  /** A new one among others, where those that were left behind are removed first. */
  static PipelineFolder in(Path folders) {
    try {
      Files.createDirectories(folders);
      try (Stream<Path> others = Files.list(folders)) {
        others.forEach(PipelineFolder::clean);
      }
      Path path = Files.createTempDirectory(folders, "run-");
      FileChannel lock =
          FileChannel.open(path.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      lock.lock();
      return new PipelineFolder(path, lock);
    } catch (IOException e) {
      throw IoFailure.of("make a folder in", folders, e);
    }
  }

  /** One without a lock is just being made, or removed. */
  private static void clean(Path folder) {
    try (FileChannel lock = FileChannel.open(folder.resolve(LOCK), StandardOpenOption.WRITE)) {
      if (lock.tryLock() != null) {
        sweep(folder.toString());
        remove(folder);
      }
    } catch (IOException | OverlappingFileLockException _) {
      // in use, or gone
    }
  }

  Path file(String name) {
    return path.resolve(name);
  }

  String id() {
    return path.toString();
  }

  /** Ends what the tasks of this run have left in the background. */
  void sweep() {
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

  private static void remove(Path folder) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.walk(folder)) {
      files = all.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : files) {
      Files.deleteIfExists(file);
    }
  }

  @Override
  public void close() {
    try {
      remove(path);
      lock.close();
    } catch (IOException e) {
      throw IoFailure.of("remove", path, e);
    }
  }
}
