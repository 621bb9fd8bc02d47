package dev.diver.deploy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What forwarding is to look like on a Linux that has no other beside it.
 *
 * @param directory the program's working directory
 * @param forward names of the system calls that are forwarded; empty means all
 * @param roundTrip what one forwarded call takes beyond its service; empty means as little as this
 *     machine can
 */
public record Emulation(
    Path directory, Optional<List<String>> forward, Optional<Duration> roundTrip) {

  public Emulation {
    directory = directory.toAbsolutePath();
    forward = forward.map(List::copyOf);
  }
}
