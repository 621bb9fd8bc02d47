package dev.diver.deploy.delegation;

import dev.diver.kernels.failure.IoFailure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;

/** The program that times system calls: a static Linux executable that Diver carries with it. */
final class CalibrationProgram {

  static final String NAME = "calibrate";

  private CalibrationProgram() {}

  /** Writes it into the folder, which is made if need be, and says where it is. */
  static Path extract(Path folder) {
    Path file = folder.resolve(NAME);
    try (InputStream in =
        Objects.requireNonNull(CalibrationProgram.class.getResourceAsStream(NAME))) {
      Files.createDirectories(folder);
      Path fresh = Files.createTempFile(folder, NAME, ".new");
      try {
        Files.copy(in, fresh, StandardCopyOption.REPLACE_EXISTING);
        Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(fresh);
      }
      return file;
    } catch (IOException e) {
      throw IoFailure.of("write", file, e);
    }
  }
}
