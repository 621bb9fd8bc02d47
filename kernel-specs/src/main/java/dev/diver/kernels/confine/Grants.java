package dev.diver.kernels.confine;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a script may do beyond its contract.
 *
 * @param network use the host's network, the services that listen on the host alone included
 * @param readable folders and files of the host that it may read
 * @param store kernels that its {@code diver} finds in the store that it has for itself
 * @param deadline how long it may take, with all that it starts
 */
public record Grants(
    boolean network, List<Path> readable, Optional<Path> store, Duration deadline) {

  public Grants {
    readable = List.copyOf(readable);
  }

  /** No network, nothing to read. */
  public static Grants within(Duration deadline) {
    return new Grants(false, List.of(), Optional.empty(), deadline);
  }
}
