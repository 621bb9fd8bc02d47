package dev.diver.catalog.storage;

import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.Failure.Kind;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * The folder that one catalog server owns: {@code blobs/} (as in an OCI image layout), {@code
 * uploads/}, {@code journal.jsonl}, {@code catalog.db}, and {@code lock}, which is held while a
 * server runs and falls with its process.
 */
public final class DataDirectory implements AutoCloseable {

  private final Path root;
  private final FileChannel lock;

  private DataDirectory(Path root, FileChannel lock) {
    this.root = root;
    this.lock = lock;
  }

  /**
   * Makes what is missing and takes the lock; {@link Kind#CONFLICT} where another server has it,
   * {@link Kind#DENIED} where the folder cannot be written.
   */
  public static DataDirectory open(Path root) {
    try {
      Files.createDirectories(root.resolve("blobs").resolve("sha256"));
      Files.createDirectories(root.resolve("uploads"));
      return new DataDirectory(root, lock(root));
    } catch (IOException e) {
      throw new Failure(
              Kind.DENIED,
              "The data folder " + root + " cannot be written (" + e + ").",
              "Give one that you may write to, with --data.")
          .exception(e);
    }
  }

  private static FileChannel lock(Path root) throws IOException {
    FileChannel channel =
        FileChannel.open(root.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (tryLock(channel) == null) {
      channel.close();
      throw new Failure(
              Kind.CONFLICT,
              "Another catalog server uses the data folder " + root + ".",
              "Stop that one, or give another folder with --data.")
          .exception();
    }
    return channel;
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  Path blobs() {
    return root.resolve("blobs").resolve("sha256");
  }

  Path uploads() {
    return root.resolve("uploads");
  }

  Path journal() {
    return root.resolve("journal.jsonl");
  }

  Path database() {
    return root.resolve("catalog.db");
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }
}
