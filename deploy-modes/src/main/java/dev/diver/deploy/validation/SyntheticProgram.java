package dev.diver.deploy.validation;

import dev.diver.kernels.failure.IoFailure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;

/** The synthetic benchmark's executable, which Diver carries with it. */
final class SyntheticProgram {

  /** Its file name. */
  static final String NAME = "synthetic";

  private SyntheticProgram() {}

  /** Writes it into the folder. */
  static void putInto(Path folder) {
    Path program = folder.resolve(NAME);
    try (InputStream in =
        Objects.requireNonNull(SyntheticProgram.class.getResourceAsStream(NAME))) {
      Files.copy(in, program);
      Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    } catch (IOException e) {
      throw IoFailure.of("write", program, e);
    }
  }
}
