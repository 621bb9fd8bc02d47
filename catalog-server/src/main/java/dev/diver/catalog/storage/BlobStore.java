package dev.diver.catalog.storage;

import dev.diver.kernels.reference.Digest;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * Content by its SHA-256, one file each, never changed once it is there. A file appears whole or
 * not at all: it is written under {@code uploads/}, synced, then renamed.
 */
public final class BlobStore {

  private final Path blobs;
  private final Path uploads;

  /** Removes what an earlier server left half-written. */
  public BlobStore(DataDirectory directory) throws IOException {
    blobs = directory.blobs();
    uploads = directory.uploads();
    try (DirectoryStream<Path> abandoned = Files.newDirectoryStream(uploads)) {
      for (Path file : abandoned) {
        Files.delete(file);
      }
    }
  }

  /** Opens content for reading; {@link NoSuchFileException} where there is none. */
  public FileChannel open(Digest digest) throws IOException {
    return FileChannel.open(path(digest), StandardOpenOption.READ);
  }

  /** Reads content that is known to be small; {@link IOException} beyond {@code limit} bytes. */
  public byte[] read(Digest digest, int limit) throws IOException {
    try (var in = Files.newInputStream(path(digest))) {
      byte[] content = in.readNBytes(limit + 1);
      if (content.length > limit) {
        throw new IOException(digest + " is larger than " + limit + " bytes");
      }
      return content;
    }
  }

  /** Size in bytes; empty where there is no such content. */
  public OptionalLong size(Digest digest) {
    try {
      return OptionalLong.of(Files.size(path(digest)));
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  /** A new file to write to, not yet visible as content. */
  IncomingBlob receive() throws IOException {
    return new IncomingBlob(uploads.resolve(UUID.randomUUID().toString()));
  }

  /** Makes a complete file visible under its digest; {@link #syncDirectory} makes the name last. */
  void publish(Path complete, Digest digest) throws IOException {
    Files.move(complete, path(digest), StandardCopyOption.ATOMIC_MOVE);
  }

  void syncDirectory() throws IOException {
    try (FileChannel directory = FileChannel.open(blobs, StandardOpenOption.READ)) {
      directory.force(true);
    }
  }

  void delete(Digest digest) throws IOException {
    Files.deleteIfExists(path(digest));
  }

  private Path path(Digest digest) {
    return blobs.resolve(digest.hex());
  }
}
