package dev.diver.deploy.machine;

import dev.diver.kernels.failure.IoFailure;
import dev.diver.kernels.reference.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;

/** An executable that Diver carries with it as a resource: static, for any Linux on x86-64. */
public enum CarriedProgram {
  /** The delegate agent. */
  AGENT("agent", "diver-agent"),
  /** What stands between a program and Linux: counts its system calls, or forwards some. */
  INTERPOSER("interpose", "diver-interpose"),
  /** What starts, watches and ends the stages of a pipeline. */
  SUPERVISOR("supervisor", "diver-supervisor");

  private final String folder;
  private final String file;

  CarriedProgram(String folder, String file) {
    this.folder = folder;
    this.file = file;
  }

  /** As it is called in a list of processes. */
  public String fileName() {
    return file;
  }

  /** Where it is in this folder, in one named after its content; it is put there when needed. */
  public Path in(Path cache) {
    byte[] program = bytes();
    Path path = cache.resolve(folder).resolve(Digest.of(program).shortHex()).resolve(file);
    try {
      if (!Files.isExecutable(path) || Files.size(path) != program.length) {
        put(program, path);
      }
      return path;
    } catch (IOException e) {
      throw IoFailure.of("write", path, e);
    }
  }

  private void put(byte[] program, Path path) throws IOException {
    Path parent = Objects.requireNonNull(path.getParent());
    Files.createDirectories(parent);
    Path fresh = Files.createTempFile(parent, file, ".new");
    try {
      Files.write(fresh, program);
      Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rwxr-xr-x"));
      Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(fresh);
    }
  }

  private byte[] bytes() {
    String resource = "/dev/diver/" + folder + "/" + file;
    try (InputStream in =
        Objects.requireNonNull(CarriedProgram.class.getResourceAsStream(resource), resource)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
