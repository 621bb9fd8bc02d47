package dev.diver.deploy.hardware;

import dev.diver.deploy.machine.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The cores, memory and devices that were taken from a node's Linux for a dive.
 *
 * @param name the dive's
 * @param state as the agent calls it: created, booting, running, resizing, ending, ended, orphaned
 * @param cores as that Linux numbers them
 * @param memory bytes
 * @param devices PCI addresses
 * @param since when it was made
 * @param boot from its start to the app's; empty before that
 */
public record Enclave(
    String name,
    String state,
    List<Integer> cores,
    long memory,
    List<String> devices,
    Instant since,
    Optional<Duration> boot) {

  private static final int MOST_CORE = 4095;

  /** No year that Java can print is later. */
  private static final long MOST_SECOND = Integer.MAX_VALUE * 8L;

  public Enclave {
    cores = List.copyOf(cores);
    devices = List.copyOf(devices);
  }

  /** Whether it still has anything of that Linux. */
  public boolean isAlive() {
    return !state.equals("ended");
  }

  /** Its cores as people write them. */
  public String coreList() {
    return cores.stream().map(String::valueOf).collect(Collectors.joining(","));
  }

  /** Reads a line of the agent's; empty where it is none. */
  static Optional<Enclave> parse(Map<String, Object> json) {
    return Json.text(json, "name")
        .map(
            name ->
                new Enclave(
                    name,
                    Json.text(json, "state").orElse("unknown"),
                    Json.array(json, "cores").stream().flatMap(c -> core(c).stream()).toList(),
                    Json.number(json, "memory_bytes", 0, Long.MAX_VALUE).orElse(0L),
                    Json.array(json, "devices").stream()
                        .filter(String.class::isInstance)
                        .map(String.class::cast)
                        .toList(),
                    Instant.ofEpochSecond(Json.number(json, "since", 0, MOST_SECOND).orElse(0L)),
                    Json.number(json, "boot_ms", 1, Integer.MAX_VALUE).map(Duration::ofMillis)));
  }

  private static Optional<Integer> core(Object value) {
    return value instanceof Long core && core >= 0 && core <= MOST_CORE
        ? Optional.of(core.intValue())
        : Optional.empty();
  }
}
