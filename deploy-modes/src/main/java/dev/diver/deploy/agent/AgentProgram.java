package dev.diver.deploy.agent;

import dev.diver.kernels.failure.IoFailure;
import dev.diver.kernels.reference.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;

/** The agent's executable, which Diver carries with it: static, for any Linux on x86-64. */
public final class AgentProgram {

  /** As it is called in a list of processes. */
  public static final String NAME = "diver-agent";

  private static final String RESOURCE = "/dev/diver/agent/" + NAME;

  private AgentProgram() {}

  /** Where it is in this folder, in one named after its content; it is put there when needed. */
  public static Path in(Path cache) {
    byte[] program = bytes();
    Path file = cache.resolve("agent").resolve(Digest.of(program).shortHex()).resolve(NAME);
    try {
      if (!Files.isExecutable(file) || Files.size(file) != program.length) {
        put(program, file);
      }
      return file;
    } catch (IOException e) {
      throw IoFailure.of("write", file, e);
    }
  }

  private static void put(byte[] program, Path file) throws IOException {
    Path folder = Objects.requireNonNull(file.getParent());
    Files.createDirectories(folder);
    Path fresh = Files.createTempFile(folder, NAME, ".new");
    try {
      Files.write(fresh, program);
      Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rwxr-xr-x"));
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(fresh);
    }
  }

  private static byte[] bytes() {
    try (InputStream in =
        Objects.requireNonNull(AgentProgram.class.getResourceAsStream(RESOURCE), RESOURCE)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
