package dev.diver.catalog.storage;

import dev.diver.kernels.reference.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;

/** A file that is being received: written and hashed in one pass. Not thread-safe. */
final class IncomingBlob implements AutoCloseable {

  private static final int BUFFER_BYTES = 64 * 1024;
  // For larger writes Linux takes large fresh pages: twice the system time, measured.
  private static final int WRITE_BYTES = 16 * 1024;

  private final Path file;
  private final FileChannel channel;
  private final MessageDigest hash = Digest.newMessageDigest();
  private long written;

  IncomingBlob(Path file) throws IOException {
    this.file = file;
    this.channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  /** Bytes received so far. */
  long written() {
    return written;
  }

  /**
   * Takes all that the stream has; {@link ErrorCode#TOO_LARGE} where the whole passes {@code limit}
   * bytes. What came before an error stays, and can be continued.
   */
  void append(InputStream in, long limit) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    byte[] other = new byte[BUFFER_BYTES];
    Future<?> hashing = CompletableFuture.completedFuture(null);
    try {
      int count = in.readNBytes(buffer, 0, buffer.length);
      while (count > 0) {
        if (written + count > limit) {
          throw new RefusedException(
              ErrorCode.TOO_LARGE, "A blob here has at most " + limit + " bytes.");
        }
        await(hashing);
        hashing = hashInBackground(buffer, count);
        write(buffer, count);
        byte[] free = other;
        other = buffer;
        buffer = free;
        count = in.readNBytes(buffer, 0, buffer.length);
      }
    } finally {
      await(hashing);
    }
  }

  /** Hashing takes longer than all else together, so it goes on while we write and read on. */
  private Future<?> hashInBackground(byte[] buffer, int count) {
    FutureTask<?> task = new FutureTask<>(() -> hash.update(buffer, 0, count), null);
    Thread.startVirtualThread(task);
    return task;
  }

  private static void await(Future<?> hashing) throws IOException {
    try {
      hashing.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("the server stops");
    } catch (ExecutionException e) {
      throw new IOException(e.getCause());
    }
  }

  private void write(byte[] buffer, int count) throws IOException {
    for (int done = 0; done < count; ) {
      int slice = Math.min(WRITE_BYTES, count - done);
      done += channel.write(ByteBuffer.wrap(buffer, done, slice), written + done);
    }
    written += count;
  }

  /** Ends the file: on the disk when this returns. */
  Digest finish() throws IOException {
    channel.force(false);
    channel.close();
    return Digest.of(hash);
  }

  Path file() {
    return file;
  }

  /** Removes the file unless it was published meanwhile. */
  @Override
  public void close() throws IOException {
    channel.close();
    Files.deleteIfExists(file);
  }
}
