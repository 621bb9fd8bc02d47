package dev.diver.deploy.pipeline;

import dev.diver.kernels.failure.IoFailure;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Cores that this process has reserved, by a locked file for each. Linux gives the locks back when
 * the process ends, however it ends.
 */
final class CoreLocks implements AutoCloseable {

  /** Where all users can lock. */
  static final Path FOLDER = Path.of("/run/lock");

  private final Path folder;
  private final Map<Integer, FileChannel> held = new HashMap<>();

  CoreLocks(Path folder) {
    this.folder = folder;
  }

  /** Reserves all of these, or none; empty where that worked, else those that another has. */
  List<Integer> take(List<Integer> cores) {
    List<Integer> taken = new ArrayList<>();
    List<Integer> missing = new ArrayList<>();
    for (int core : cores) {
      (lock(core) ? taken : missing).add(core);
    }
    if (!missing.isEmpty()) {
      release(taken);
    }
    return missing;
  }

  private boolean lock(int core) {
    Path file = folder.resolve("diver-core-" + core);
    try {
      FileChannel channel = open(file);
      try {
        if (channel.tryLock() != null) {
          held.put(core, channel);
          return true;
        }
      } catch (OverlappingFileLockException _) {
        // this process has it for another pipeline
      }
      channel.close();
      return false;
    } catch (IOException e) {
      throw IoFailure.of("lock", file, e);
    }
  }

  private static FileChannel open(Path file) throws IOException {
    try {
      return FileChannel.open(file, StandardOpenOption.WRITE);
    } catch (NoSuchFileException _) {
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
      // for other users' pipelines, which a umask would keep out
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
      return channel;
    }
  }

  /** Gives these back. */
  void release(List<Integer> cores) {
    for (int core : cores) {
      FileChannel channel = held.remove(core);
      if (channel != null) {
        close(channel);
      }
    }
  }

  private static void close(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException _) {
      // it was only there to be locked
    }
  }

  @Override
  public void close() {
    release(List.copyOf(held.keySet()));
  }
}
