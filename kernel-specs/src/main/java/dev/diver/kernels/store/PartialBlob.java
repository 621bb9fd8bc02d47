package dev.diver.kernels.store;

import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import dev.diver.kernels.oci.Descriptor;
import dev.diver.kernels.reference.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Optional;

/**
 * Content that is being fetched and can be continued where it stopped, also by another process
 * later. Only its owner writes to it; others who want the same content wait. For one thread.
 */
public final class PartialBlob implements AutoCloseable {

  private static final int BUFFER = 1 << 16;

  private final Layout layout;
  private final Descriptor expected;
  private final Path path;
  private final LockFile.Held lock;
  private final FileChannel file;
  private final MessageDigest hash = Digest.newMessageDigest();
  private long received;

  private PartialBlob(Layout layout, Descriptor expected, LockFile.Held lock) throws IOException {
    this.layout = layout;
    this.expected = expected;
    this.lock = lock;
    this.path = layout.partial(expected.digest());
    this.file =
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  /** Empty where the content arrived while this waited. */
  static Optional<PartialBlob> open(Layout layout, Descriptor expected) {
    LockFile.Held lock = layout.locks().exclusive(lockPosition(expected.digest()));
    PartialBlob partial = null;
    try {
      if (layout.has(expected)) {
        return Optional.empty();
      }
      partial = new PartialBlob(layout, expected, lock);
      partial.hashReceived();
      partial.checkSpace();
      PartialBlob opened = partial;
      lock = () -> {};
      partial = null;
      return Optional.of(opened);
    } catch (IOException e) {
      throw IoFailure.of("write to", layout.root(), e);
    } finally {
      if (partial != null) {
        partial.close();
      }
      lock.close();
    }
  }

  /** What is expected here. */
  public Descriptor expected() {
    return expected;
  }

  /** How much is here, in bytes: the offset to go on from. */
  public long received() {
    return received;
  }

  /**
   * Adds what follows.
   *
   * @throws dev.diver.kernels.failure.DiverException CORRUPT if it is more than expected; EXHAUSTED
   *     where the disk is full, and what was received stays
   */
  public void append(ByteBuffer content) {
    if (content.remaining() > expected.size() - received) {
      restart();
      throw corrupt("is longer than the " + expected.size() + " bytes that were announced");
    }
    try {
      while (content.hasRemaining()) {
        ByteBuffer written = content.duplicate();
        int count = file.write(content, received);
        hash.update(written.limit(written.position() + count));
        received += count;
      }
    } catch (IOException e) {
      throw IoFailure.of("write to", layout.root(), e);
    }
  }

  /** Drops what was received, as when a server starts from the beginning. */
  public void restart() {
    try {
      file.truncate(0);
      hash.reset();
      received = 0;
    } catch (IOException e) {
      throw IoFailure.of("write to", layout.root(), e);
    }
  }

  /**
   * Verifies size and digest of the whole content and puts it into the store.
   *
   * @throws dev.diver.kernels.failure.DiverException UNAVAILABLE if some is missing, and what was
   *     received stays; CORRUPT if it is not what was expected, and nothing stays
   */
  public void finish() {
    if (received < expected.size()) {
      throw new Failure(
              Failure.Kind.UNAVAILABLE,
              "%s ended after %d of %d bytes."
                  .formatted(expected.digest(), received, expected.size()),
              "Repeat the command; it goes on from there.")
          .exception();
    }
    Digest actual = Digest.of(hash);
    if (!actual.equals(expected.digest())) {
      restart();
      throw corrupt("has the digest " + actual);
    }
    try {
      layout.publish(path, file, actual);
    } catch (IOException e) {
      throw IoFailure.of("write to", layout.root(), e);
    }
  }

  /** Leaves what was received for the next one who wants it. */
  @Override
  public void close() {
    try {
      file.close();
      if (received == 0) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw IoFailure.of("close", path, e);
    } finally {
      lock.close();
    }
  }

  /** Takes up what an earlier process left. It may be too long only if someone else wrote to it. */
  private void hashReceived() throws IOException {
    if (file.size() > expected.size()) {
      file.truncate(0);
    }
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
    while (file.read(buffer.clear(), received) > 0) {
      received += buffer.position();
      hash.update(buffer.flip());
    }
  }

  private void checkSpace() throws IOException {
    long missing = expected.size() - received;
    long usable = Files.getFileStore(layout.partials()).getUsableSpace();
    if (missing > usable) {
      throw new Failure(
              Failure.Kind.EXHAUSTED,
              "%s needs %d bytes more, but the disk of %s has only %d left."
                  .formatted(expected.digest(), missing, layout.root(), usable),
              "Free space there (diver rm removes kernels) and repeat the command.")
          .exception();
    }
  }

  private RuntimeException corrupt(String why) {
    return new Failure(
            Failure.Kind.CORRUPT,
            expected.digest() + " " + why + ".",
            "Repeat the command; if it fails again, the catalog's copy is damaged.")
        .exception();
  }

  /** One lock for each digest, as a position in the lock file beyond the named ones. */
  private static long lockPosition(Digest digest) {
    return 16 + Long.parseLong(digest.hex().substring(0, 15), 16);
  }
}
