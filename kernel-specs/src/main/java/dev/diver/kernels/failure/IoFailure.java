package dev.diver.kernels.failure;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileLockInterruptionException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** What an {@link IOException} of the local file system means to a person. */
public final class IoFailure {

  /** With less than this left, in bytes, a failed write is taken for a full disk. */
  private static final long FULL = 64 * 1024;

  private IoFailure() {}

  /**
   * Tells why an action on a file failed. Java hides the error number, and the text that goes with
   * it depends on the locale, so a full or read-only disk is recognized by its state as well.
   *
   * @param action a verb, as in {@code write}
   */
  public static DiverException of(String action, Path path, IOException cause) {
    String tried = "Cannot " + action + " " + path;
    return switch (cause) {
      case NoSuchFileException e ->
          failure(
              Failure.Kind.NOT_FOUND,
              tried + ": " + e.getFile() + " does not exist.",
              "Check the path.",
              cause);
      case ClosedByInterruptException e -> interrupted(tried, e);
      case FileLockInterruptionException e -> interrupted(tried, e);
      default -> byState(tried, path, cause);
    };
  }

  private static DiverException byState(String tried, Path path, IOException cause) {
    String text = reason(cause);
    Path folder = existing(path);
    if (text.contains("Read-only file system") || isReadOnly(folder)) {
      return failure(
          Failure.Kind.DENIED,
          tried + ": the file system is read-only.",
          "Make it writable, or choose another place (DIVER_HOME names the data directory).",
          cause);
    }
    if (text.contains("No space left")
        || text.contains("quota exceeded")
        || text.contains("File too large")
        || usable(folder) < FULL) {
      return failure(
          Failure.Kind.EXHAUSTED,
          tried + ": the disk is full or a limit on file sizes is reached (" + text + ").",
          "Free space there (diver rm removes kernels) and repeat the command; nothing is lost.",
          cause);
    }
    if (cause instanceof AccessDeniedException) {
      return failure(
          Failure.Kind.DENIED,
          tried + ": permission denied.",
          "Give yourself the permission on " + folder + ", or choose another place.",
          cause);
    }
    return failure(
        Failure.Kind.FAILED,
        tried + ": " + text + ".",
        "Look at the state of " + folder + ".",
        cause);
  }

  private static String reason(IOException cause) {
    if (cause instanceof FileSystemException f && f.getReason() != null) {
      return f.getReason();
    }
    return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
  }

  private static Path existing(Path path) {
    Path folder = path.toAbsolutePath();
    while (!Files.isDirectory(folder) && folder.getParent() != null) {
      folder = folder.getParent();
    }
    return folder;
  }

  private static boolean isReadOnly(Path folder) {
    try {
      return Files.getFileStore(folder).isReadOnly();
    } catch (IOException e) {
      return false;
    }
  }

  private static long usable(Path folder) {
    try {
      return Files.getFileStore(folder).getUsableSpace();
    } catch (IOException e) {
      return Long.MAX_VALUE;
    }
  }

  private static DiverException interrupted(String tried, IOException cause) {
    return failure(
        Failure.Kind.INTERRUPTED, tried + ": interrupted.", "Repeat the command.", cause);
  }

  private static DiverException failure(
      Failure.Kind kind, String what, String remedy, IOException cause) {
    return new Failure(kind, what, remedy).exception(cause);
  }
}
