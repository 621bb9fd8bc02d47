package dev.diver.kernels.bytes;

import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads pieces of a file whose offsets and lengths a stranger chose: only regular files, nothing
 * outside of them, and never more bytes in all than was allowed. What was read counts, so that a
 * damaged header cannot make anyone read a disk.
 */
public final class BoundedBytes implements AutoCloseable {

  /** The size of what is unpacked while it is read, in bytes: nobody knows it. */
  public static final long UNKNOWN_SIZE = Long.MAX_VALUE;

  /** Opens the stream that unpacks; fails where what is packed is not. */
  @FunctionalInterface
  public interface Opener {
    InputStream open() throws IOException;
  }

  private interface Source {
    /** Fills the buffer from there on as far as there are bytes. */
    void read(ByteBuffer into, long at) throws IOException;

    /** Whether a stream was found that cannot be unpacked to its end. */
    boolean damaged();

    void close() throws IOException;
  }

  private final Path path;
  private final Source source;
  private final long size;
  private long left;

  private BoundedBytes(Path path, Source source, long size, long limit) {
    this.path = path;
    this.source = source;
    this.size = size;
    this.left = limit;
  }

  /**
   * Opens a file.
   *
   * @param limit the most, in bytes, that is read in all
   * @throws dev.diver.kernels.failure.DiverException NOT_FOUND where there is none, INVALID where
   *     it is no regular file (a pipe would block, a device has no size)
   */
  public static BoundedBytes open(Path path, long limit) {
    try {
      if (Files.isDirectory(path)) {
        throw invalid(path + " is a folder.", "Name a file in it.");
      }
      if (Files.exists(path) && !Files.isRegularFile(path)) {
        throw invalid(path + " is a pipe, socket or device.", "Copy its content into a file.");
      }
      FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
      return new BoundedBytes(path, new Channel(channel), channel.size(), limit);
    } catch (IOException e) {
      throw IoFailure.of("read", path, e);
    }
  }

  /**
   * The same over what a stream unpacks: unpacked as far as something is read, and at most {@code
   * depth} bytes of it. Where the stream ends or is damaged, so does the file.
   *
   * @param path of the packed file, for errors
   */
  public static BoundedBytes unpacked(Path path, Opener stream, int depth) {
    return new BoundedBytes(path, new Unpacked(stream, depth), UNKNOWN_SIZE, Long.MAX_VALUE);
  }

  /** The file's size in bytes, or {@link #UNKNOWN_SIZE}. */
  public long size() {
    return size;
  }

  /** The same file with another limit; what was read before does not count. */
  public BoundedBytes withLimit(long limit) {
    return new BoundedBytes(path, source, size, limit);
  }

  /** At most this many bytes from the start of the file. */
  public byte[] start(int length) {
    ByteBuffer bytes = some(0, length);
    byte[] start = new byte[bytes.remaining()];
    bytes.get(start);
    return start;
  }

  /**
   * Bytes of the file, little-endian.
   *
   * @param limit the most, in bytes, that a sound file has there; keeps a damaged one from taking
   *     all memory
   * @throws dev.diver.kernels.failure.DiverException INVALID where the file has no such bytes
   */
  public ByteBuffer read(long offset, long length, int limit) {
    if (length > limit) {
      throw damaged();
    }
    return at(offset, length).orElseThrow(this::damaged);
  }

  /** Bytes of the file, little-endian; empty where it has no such bytes or the limit is reached. */
  public Optional<ByteBuffer> at(long offset, long length) {
    if (offset < 0 || length < 0 || length > left || offset > size - length) {
      return Optional.empty();
    }
    return Optional.of(some(offset, (int) Math.min(length, Integer.MAX_VALUE)))
        .filter(bytes -> bytes.remaining() == length);
  }

  /** As {@link #at}, but what there is of it where the file is shorter. */
  public ByteBuffer some(long offset, int length) {
    long there = offset < 0 ? 0 : Math.clamp(size - offset, 0, length);
    ByteBuffer bytes =
        ByteBuffer.allocate((int) Math.min(there, left)).order(ByteOrder.LITTLE_ENDIAN);
    left -= bytes.remaining();
    try {
      source.read(bytes, offset);
    } catch (IOException e) {
      throw IoFailure.of("read", path, e);
    }
    return bytes.flip();
  }

  /** The text that starts there and ends with a zero byte, or after {@code limit} bytes. */
  public String text(long offset, int limit) {
    if (offset < 0 || offset >= size) {
      throw damaged();
    }
    ByteBuffer bytes = some(offset, limit);
    int end = 0;
    while (end < bytes.limit() && bytes.get(end) != 0) {
      end++;
    }
    return StandardCharsets.UTF_8.decode(bytes.slice(0, end)).toString();
  }

  /** Whether what is unpacked breaks off, as far as anything was read. */
  public boolean breaksOff() {
    return source.damaged();
  }

  /** The error of a file whose headers lie. */
  public RuntimeException damaged() {
    return invalid(
        path + " is damaged: its headers point outside of it.", "Build or copy it again.");
  }

  private static RuntimeException invalid(String what, String remedy) {
    return new Failure(Failure.Kind.INVALID, what, remedy).exception();
  }

  @Override
  public void close() {
    try {
      source.close();
    } catch (IOException e) {
      throw IoFailure.of("close", path, e);
    }
  }

  private record Channel(FileChannel channel) implements Source {

    @Override
    public void read(ByteBuffer into, long at) throws IOException {
      int read = 0;
      while (into.hasRemaining() && read >= 0) {
        read = channel.read(into, at + into.position());
      }
    }

    @Override
    public boolean damaged() {
      return false;
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  /** Keeps what was unpacked so far. */
  private static final class Unpacked implements Source {

    private static final int STEP = 64 * 1024;

    private final Opener opener;
    private final int depth;
    private @Nullable InputStream stream;
    private byte[] seen = new byte[0];
    private boolean ended;
    private boolean damaged;

    Unpacked(Opener opener, int depth) {
      this.opener = opener;
      this.depth = depth;
    }

    @Override
    public void read(ByteBuffer into, long at) {
      long end = at + into.remaining();
      while (!ended && seen.length < end && seen.length < depth) {
        unpack();
      }
      if (at < seen.length) {
        into.put(seen, (int) at, (int) Math.min(into.remaining(), seen.length - at));
      }
    }

    private void unpack() {
      int length = seen.length;
      byte[] more = Arrays.copyOf(seen, Math.min(depth, length + Math.max(length, STEP)));
      int end = length;
      try {
        InputStream in = opened();
        int read = in.read(more, end, more.length - end);
        while (read > 0) {
          end += read;
          read = in.read(more, end, more.length - end);
        }
        ended = end < more.length;
      } catch (IOException | RuntimeException e) {
        ended = true;
        damaged = true;
      }
      seen = end == more.length ? more : Arrays.copyOf(more, end);
    }

    private InputStream opened() throws IOException {
      if (stream == null) {
        stream = opener.open();
      }
      return stream;
    }

    @Override
    public boolean damaged() {
      return damaged;
    }

    @Override
    public void close() throws IOException {
      if (stream != null) {
        stream.close();
      }
    }
  }
}
