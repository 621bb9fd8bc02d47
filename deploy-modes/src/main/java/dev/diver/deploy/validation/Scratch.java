package dev.diver.deploy.validation;

import dev.diver.kernels.failure.IoFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A folder for one validation, in memory where that is possible, so that no disk disturbs it. It
 * goes away at the end; where this process is killed, the next one removes it.
 *
 * @param folder that can be used
 */
public record Scratch(Path folder) implements AutoCloseable {

  private static final Path IN_MEMORY = Path.of("/dev/shm");
  private static final String PREFIX = "diver-validation-";

  /** Makes a folder, and removes what earlier processes of this user have left. */
  public static Scratch make() {
    Path parent =
        Files.isWritable(IN_MEMORY) ? IN_MEMORY : Path.of(System.getProperty("java.io.tmpdir"));
    Path folder = parent.resolve(PREFIX + ProcessHandle.current().pid());
    try {
      for (Path left : left(parent)) {
        delete(left);
      }
      return new Scratch(
          Files.createDirectory(
              folder,
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))));
    } catch (IOException e) {
      throw IoFailure.of("write", folder, e);
    }
  }

  private static List<Path> left(Path parent) throws IOException {
    try (Stream<Path> all = Files.list(parent)) {
      return all.filter(Scratch::isLeft).toList();
    }
  }

  private static boolean isLeft(Path folder) {
    String name = String.valueOf(folder.getFileName());
    return name.matches(PREFIX + "\\d{1,9}")
        && Files.isWritable(folder)
        && ProcessHandle.of(Long.parseLong(name.substring(PREFIX.length()))).isEmpty();
  }

  /** Removes all that is in it, and itself. */
  @Override
  public void close() {
    try {
      delete(folder);
    } catch (IOException e) {
      throw IoFailure.of("remove", folder, e);
    }
  }

  static void delete(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
