package dev.diver.catalog.storage;

import dev.diver.kernels.reference.Digest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Uploads under way. They live as long as the server; one that nobody touches for a day is dropped.
 */
public final class Uploads implements AutoCloseable {

  private final Registry registry;
  private final BlobStore blobs;
  private final int most;
  private final long maxBlobBytes;
  private final Duration idle;
  private final ConcurrentHashMap<String, Upload> open = new ConcurrentHashMap<>();

  /**
   * @param most how many at once
   * @param maxBlobBytes the largest blob that is taken
   * @param idle how long one may rest
   */
  public Uploads(Registry registry, BlobStore blobs, int most, long maxBlobBytes, Duration idle) {
    this.registry = registry;
    this.blobs = blobs;
    this.most = most;
    this.maxBlobBytes = maxBlobBytes;
    this.idle = idle;
  }

  /** Begins one; {@link ErrorCode#TOOMANYREQUESTS} where there are too many. */
  public Upload begin(String repository) {
    if (open.size() >= most) {
      throw new RefusedException(
          ErrorCode.TOOMANYREQUESTS, "There are " + most + " uploads under way; try again later.");
    }
    try {
      String id = UUID.randomUUID().toString();
      Upload upload = new Upload(id, repository, blobs.receive(), maxBlobBytes);
      open.put(id, upload);
      return upload;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Finds one; {@link ErrorCode#BLOB_UPLOAD_UNKNOWN} where it is not under way. */
  public Upload find(String repository, String id) {
    Upload upload = open.get(id);
    if (upload == null || !upload.repository().equals(repository)) {
      throw unknown();
    }
    return upload;
  }

  private static RefusedException unknown() {
    return new RefusedException(
        ErrorCode.BLOB_UPLOAD_UNKNOWN, "There is no such upload under way; begin again.");
  }

  /** Ends one: its content becomes a blob, if it has this digest. */
  public void complete(Upload upload, Digest expected) throws IOException {
    try (upload) {
      if (!open.remove(upload.id(), upload)) {
        throw unknown();
      }
      upload.publish(expected, registry);
    }
  }

  /** Ends one and forgets its content. */
  public void cancel(Upload upload) throws IOException {
    drop(upload);
  }

  /** Drops those that rested too long. */
  public void expire() throws IOException {
    Instant limit = Instant.now().minus(idle);
    for (Upload upload : open.values()) {
      if (upload.touched().isBefore(limit)) {
        drop(upload);
      }
    }
  }

  private void drop(Upload upload) throws IOException {
    open.remove(upload.id());
    upload.close();
  }

  @Override
  public void close() throws IOException {
    for (Upload upload : open.values()) {
      drop(upload);
    }
  }
}
