package dev.diver.catalog.storage;

import dev.diver.kernels.reference.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;

/** One upload under way: a file that grows from request to request. */
public final class Upload implements AutoCloseable {

  private final String id;
  private final String repository;
  private final IncomingBlob content;
  private final long maxBytes;
  private final ReentrantLock writing = new ReentrantLock();
  private volatile Instant touched = Instant.now();
  private volatile long received;

  Upload(String id, String repository, IncomingBlob content, long maxBytes) {
    this.id = id;
    this.repository = repository;
    this.content = content;
    this.maxBytes = maxBytes;
  }

  /** What the client calls it by. */
  public String id() {
    return id;
  }

  /** Where the blob will be. */
  public String repository() {
    return repository;
  }

  /** Bytes received so far. */
  public long received() {
    return received;
  }

  Instant touched() {
    return touched;
  }

  /**
   * Adds to the end.
   *
   * @param from where the client says that the end is; {@link ErrorCode#RANGE_INVALID} if it is not
   */
  public void append(OptionalLong from, InputStream in) throws IOException {
    if (!writing.tryLock()) {
      throw new RefusedException(
          ErrorCode.RANGE_INVALID, "Another request writes to this upload; chunks go in order.");
    }
    try {
      touched = Instant.now();
      if (from.isPresent() && from.getAsLong() != content.written()) {
        throw new RefusedException(
            ErrorCode.RANGE_INVALID,
            "The next byte is number "
                + content.written()
                + ", not "
                + from.getAsLong()
                + "; chunks go in order.");
      }
      content.append(in, maxBytes);
    } finally {
      received = content.written();
      touched = Instant.now();
      writing.unlock();
    }
  }

  void publish(Digest expected, Registry registry) throws IOException {
    writing.lock();
    try {
      Digest actual = content.finish();
      if (!actual.equals(expected)) {
        throw new RefusedException(
            ErrorCode.DIGEST_INVALID,
            "The content's digest is " + actual + ", not " + expected + ".");
      }
      registry.addBlob(repository, content, expected);
    } finally {
      writing.unlock();
    }
  }

  @Override
  public void close() throws IOException {
    content.close();
  }
}
