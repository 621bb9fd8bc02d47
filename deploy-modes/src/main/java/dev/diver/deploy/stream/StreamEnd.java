package dev.diver.deploy.stream;

import dev.diver.deploy.SharedStreams;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * One end of a stream in shared memory, for an app on a kernel of its own that cannot do this for
 * itself: holds the lock that says that it is alive, looks whether the other end is, and says at
 * the end that it is gone. A stream is used once: who ends last removes its file.
 *
 * <p>Linux gives up all locks that a process has on a file when the process closes it once. So one
 * process should not watch over both ends.
 */
public final class StreamEnd implements AutoCloseable {

  /** kernel-specs/abi, diver/stream.h: the lines of the sides, and of the two words behind. */
  private static final int SIDE = 64;

  private static final int STATE = 8;
  private static final int GONE = 192;
  private static final int OPEN = 1;
  private static final int ENDED = 2;

  private static final long LOOK_NANOS = 100_000_000;

  /** Who looks whether an end lives has its lock for an instant: how long that is waited for. */
  private static final long BUSY_NANOS = 1_000_000_000;

  private static final long BUSY_PAUSE_NANOS = 1_000_000;

  /** Their index is the lock's byte, and the side's. */
  private enum Role {
    WRITER(0),
    READER(1);

    private final int index;

    Role(int index) {
      this.index = index;
    }

    Role other() {
      return this == WRITER ? READER : WRITER;
    }
  }

  private final Path path;
  private final FileChannel file;
  private final Role role;
  private final Thread watch;
  private volatile boolean closed;

  private StreamEnd(Path path, FileChannel file, Role role) {
    this.path = path;
    this.file = file;
    this.role = role;
    this.watch = Thread.ofVirtual().name("stream").unstarted(this::watch);
  }

  /** The ends of an app whose standard streams are these; INVALID where one is another's. */
  public static List<StreamEnd> of(SharedStreams streams) {
    List<StreamEnd> ends = new ArrayList<>();
    try {
      streams.in().ifPresent(path -> ends.add(open(path, Role.READER)));
      streams.out().ifPresent(path -> ends.add(open(path, Role.WRITER)));
    } catch (RuntimeException e) {
      ends.forEach(StreamEnd::close);
      throw e;
    }
    return ends;
  }

  private static StreamEnd open(Path path, Role role) {
    try {
      FileChannel file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
      StreamEnd end = new StreamEnd(path, file, role);
      if (end.state(role) != 0 || !end.lock()) {
        file.close();
        throw new Failure(
                Failure.Kind.INVALID, // CONFLICT is about names
                (role == Role.READER ? "Somebody reads " : "Somebody writes to ")
                    + path
                    + ", or has: a stream has one reader and one writer, and is used once.",
                "Name another file.")
            .exception();
      }
      end.watch.start();
      return end;
    } catch (IOException e) {
      throw IoFailure.of("open the stream", path, e);
    }
  }

  private boolean lock() throws IOException {
    long deadline = System.nanoTime() + BUSY_NANOS;
    while (!tryLock()) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      LockSupport.parkNanos(BUSY_PAUSE_NANOS);
    }
    return true;
  }

  @SuppressWarnings("unused") // the lock goes with the channel
  private boolean tryLock() throws IOException {
    try {
      FileLock lock = file.tryLock(role.index, 1, false);
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  /** Whoever is killed leaves an end that has not ended, and has no lock any more. */
  private void watch() {
    boolean locked = false;
    while (!closed) {
      try {
        int state = state(role.other());
        boolean free = isFree(role.other());
        locked = locked || !free;
        if (free && (state == OPEN || (locked && state != ENDED))) {
          sayGone(role.other());
          return;
        }
      } catch (IOException e) {
        return; // closed meanwhile
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  private boolean isFree(Role other) throws IOException {
    try (FileLock lock = file.tryLock(other.index, 1, false)) {
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  private int state(Role whose) throws IOException {
    return word(SIDE * (1 + whose.index) + STATE);
  }

  private boolean isOver(Role whose) throws IOException {
    return state(whose) == ENDED || word(gone(whose)) != 0;
  }

  private static int gone(Role whose) {
    return GONE + Integer.BYTES * whose.index;
  }

  private int word(long at) throws IOException {
    ByteBuffer word = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    return file.read(word, at) == Integer.BYTES ? word.getInt(0) : 0;
  }

  private void sayGone(Role whose) throws IOException {
    ByteBuffer word = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    file.write(word.putInt(0, 1), gone(whose));
  }

  @Override
  public void close() {
    closed = true;
    try (file) {
      sayGone(role);
      if (isOver(role.other())) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw IoFailure.of("end the stream", path, e);
    }
  }
}
