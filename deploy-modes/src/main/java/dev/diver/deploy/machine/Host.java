package dev.diver.deploy.machine;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * The machine that Diver runs on, as far as a mode needs to know it.
 *
 * @param environment of the process; {@code PATH} is where programs are looked for
 * @param cache a folder where answers of probes are remembered; made when first needed
 */
public record Host(Map<String, String> environment, Path cache) {

  public Host {
    environment = Map.copyOf(environment);
    cache = cache.toAbsolutePath();
  }

  /** The first executable file of this name on {@code PATH}, by its absolute path. */
  public Optional<Path> program(String name) {
    for (String folder : environment.getOrDefault("PATH", "").split(":", -1)) {
      Optional<Path> program = executable(folder, name);
      if (program.isPresent()) {
        return program;
      }
    }
    return Optional.empty();
  }

  private static Optional<Path> executable(String folder, String name) {
    try {
      Path candidate = Path.of(folder, name).toAbsolutePath();
      boolean found = !folder.isEmpty() && Files.isExecutable(candidate);
      return found && Files.isRegularFile(candidate) ? Optional.of(candidate) : Optional.empty();
    } catch (InvalidPathException e) {
      return Optional.empty(); // an entry that is no path holds no program
    }
  }
}
