package dev.diver.kernels.store;

import dev.diver.kernels.failure.IoFailure;
import dev.diver.kernels.oci.Descriptor;
import dev.diver.kernels.oci.Index;
import dev.diver.kernels.reference.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Where the files of a store are, and how they are written so that none is ever seen half-written.
 *
 * @param root the OCI image layout
 */
record Layout(Path root) {

  /** Position of the lock that is shared while content comes in, exclusive while it is deleted. */
  static final long CONTENT_LOCK = 0;

  /** Position of the lock of index.json. */
  static final long INDEX_LOCK = 1;

  private static final String TEMPORARY = "tmp-";
  private static final AtomicLong SEQUENCE = new AtomicLong();
  private static final byte[] OCI_LAYOUT =
      "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(StandardCharsets.UTF_8);

  LockFile locks() {
    return LockFile.at(root.resolve(".lock"));
  }

  Path index() {
    return root.resolve("index.json");
  }

  Path blobs() {
    return root.resolve("blobs").resolve("sha256");
  }

  Path blob(Digest digest) {
    return root.resolve(digest.blobPath());
  }

  /** Content on its way in: resumable downloads by digest, and temporary files. */
  Path partials() {
    return root.resolve("partial");
  }

  Path partial(Digest digest) {
    return partials().resolve(digest.hex());
  }

  /** Says that blobs may be unreferenced because a removal met an ingestion. */
  Path sweepMark() {
    return root.resolve(".sweep");
  }

  /** A name in {@link #partials} that no one else has. */
  Path temporary() {
    long pid = ProcessHandle.current().pid();
    return partials().resolve(TEMPORARY + pid + "-" + SEQUENCE.incrementAndGet());
  }

  static boolean isTemporary(Path path) {
    return path.getFileName().toString().startsWith(TEMPORARY);
  }

  /** Whether the whole blob is here. */
  boolean has(Descriptor descriptor) {
    try {
      return Files.size(blob(descriptor.digest())) == descriptor.size();
    } catch (IOException e) {
      return false;
    }
  }

  /** The index; an empty one where there is no store yet. */
  Index readIndex() {
    try {
      return Index.read(Files.readAllBytes(index()));
    } catch (NoSuchFileException e) {
      return Index.EMPTY;
    } catch (IOException e) {
      throw IoFailure.of("read", index(), e);
    }
  }

  /** For who holds the index lock. */
  void writeIndex(Index index) throws IOException {
    replace(index(), index.write());
  }

  /** Makes the folders and the layout's mark. */
  void create() throws IOException {
    Files.createDirectories(blobs());
    Files.createDirectories(partials());
    Path mark = root.resolve("oci-layout");
    if (!Files.exists(mark)) {
      try (var _ = locks().exclusive(INDEX_LOCK)) {
        replace(mark, OCI_LAYOUT);
      }
    }
  }

  /** Moves verified content to its place, where it is complete from the first moment on. */
  void publish(Path content, FileChannel open, Digest digest) throws IOException {
    open.force(true);
    rename(content, blob(digest));
  }

  /** For who holds the index lock, so the temporary file is nobody else's. */
  private static void replace(Path file, byte[] content) throws IOException {
    Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
    try (FileChannel out =
        FileChannel.open(
            temporary,
            StandardOpenOption.WRITE,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      for (ByteBuffer rest = ByteBuffer.wrap(content); rest.hasRemaining(); ) {
        out.write(rest);
      }
      out.force(true);
    }
    rename(temporary, file);
  }

  private static void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    Path folder = to.toAbsolutePath().getParent();
    if (folder != null) {
      try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
        directory.force(true);
      }
    }
  }
}
