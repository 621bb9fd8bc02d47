package dev.diver.kernels.store;

import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Locks between processes and between threads, each a byte range of one file. The kernel releases
 * them when a process dies. They belong to no thread and are not reentrant.
 *
 * <p>POSIX drops all of a process's locks on a file when it closes any descriptor of that file, so
 * a process has one channel for each lock file, open while any lock is held. The file is never
 * deleted, since a lock on a deleted file excludes nobody.
 */
public final class LockFile {

  private static final Map<Path, LockFile> LOCK_FILES = new ConcurrentHashMap<>();
  private static final int LONGEST_PAUSE_MS = 50;

  private final Path path;
  private final Map<Long, Range> held = new HashMap<>();
  private @Nullable FileChannel channel;

  /** What this process has of one range. Guarded by the lock file's monitor. */
  private static final class Range {
    int holders;
    boolean shared;
    @Nullable FileLock lock;
  }

  /** A lock that is held until it is closed. */
  public interface Held extends AutoCloseable {
    @Override
    void close();
  }

  private LockFile(Path path) {
    this.path = path;
  }

  /** The locks of this file; it is created when the first lock is taken. */
  public static LockFile at(Path path) {
    return LOCK_FILES.computeIfAbsent(path.toAbsolutePath().normalize(), LockFile::new);
  }

  /** Waits for the lock; {@code INTERRUPTED} if the thread is. */
  Held shared(long position) {
    return await(position, true);
  }

  /** Waits for the lock; {@code INTERRUPTED} if the thread is. */
  public Held exclusive(long position) {
    return await(position, false);
  }

  /** The lock, unless someone has it. */
  Optional<Held> tryExclusive(long position) {
    return tryLock(position, false);
  }

  /** Asks again and again: an interrupted wait inside the channel would close it for all. */
  private Held await(long position, boolean shared) {
    for (int pause = 1; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      Optional<Held> lock = tryLock(position, shared);
      if (lock.isPresent()) {
        return lock.get();
      }
      try {
        Thread.sleep(pause);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new Failure(
                Failure.Kind.INTERRUPTED,
                "Waiting for another diver process ended.",
                "Repeat the command.")
            .exception(e);
      }
    }
  }

  private synchronized Optional<Held> tryLock(long position, boolean shared) {
    Range range = held.get(position);
    if (range != null) {
      if (!shared || !range.shared) {
        return Optional.empty();
      }
      range.holders++;
      return Optional.of(release(position));
    }
    try {
      FileLock lock = open().tryLock(position, 1, shared);
      if (lock == null) {
        closeIfIdle();
        return Optional.empty();
      }
      Range fresh = new Range();
      fresh.holders = 1;
      fresh.shared = shared;
      fresh.lock = lock;
      held.put(position, fresh);
      return Optional.of(release(position));
    } catch (IOException e) {
      throw IoFailure.of("lock", path, e);
    }
  }

  private FileChannel open() throws IOException {
    FileChannel open = channel;
    if (open == null || !open.isOpen()) {
      open =
          FileChannel.open(
              path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
      channel = open;
    }
    return open;
  }

  private Held release(long position) {
    boolean[] released = {false};
    return () -> {
      synchronized (this) {
        Range range = held.get(position);
        if (released[0] || range == null) {
          return;
        }
        released[0] = true;
        range.holders--;
        if (range.holders == 0) {
          held.remove(position);
          unlock(range);
        }
      }
    };
  }

  private void unlock(Range range) {
    try {
      if (range.lock != null) {
        range.lock.release();
      }
      closeIfIdle();
    } catch (IOException e) {
      throw IoFailure.of("unlock", path, e);
    }
  }

  private void closeIfIdle() throws IOException {
    if (held.isEmpty() && channel != null) {
      channel.close();
      channel = null;
    }
  }
}
