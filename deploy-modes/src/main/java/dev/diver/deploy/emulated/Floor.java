package dev.diver.deploy.emulated;

import dev.diver.deploy.machine.CarriedProgram;
import dev.diver.deploy.machine.Host;
import dev.diver.deploy.machine.Json;
import dev.diver.deploy.machine.ShortRun;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What emulated forwarding costs here at least, measured now.
 *
 * @param mechanism by which system calls are caught
 * @param roundTrip the median of many forwarded calls, beyond their service
 * @param trap what a call that is not forwarded takes longer, the median of many
 * @param core that the delegate has
 */
record Floor(String mechanism, Duration roundTrip, Duration trap, int core) {

  private static final Duration DEADLINE = Duration.ofSeconds(10);

  /** No time here is longer, in ns. */
  private static final long MOST = Duration.ofHours(1).toNanos();

  /** Either a floor or why there is none. */
  record Answer(Optional<Floor> floor, String why) {}

  /** Measures; some 10 ms. */
  static Answer measure(Host host) {
    try {
      ShortRun run =
          ShortRun.of(
              List.of(CarriedProgram.INTERPOSER.in(host.cache()).toString(), "--floor"), DEADLINE);
      Optional<Floor> floor = parse(run.lastLine());
      return new Answer(
          floor, run.status().isEmpty() ? "It took too long to find out." : run.lastLine());
    } catch (IOException e) {
      return new Answer(Optional.empty(), "The interposer cannot be executed: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Answer(Optional.empty(), "Interrupted.");
    }
  }

  private static Optional<Floor> parse(String line) {
    byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
    return Json.object(bytes, 0, bytes.length).flatMap(Floor::parse);
  }

  static Optional<Floor> parse(Map<String, Object> json) {
    Optional<String> mechanism = Json.text(json, "mechanism");
    Optional<Long> floor = Json.number(json, "floor_ns", 0, MOST);
    Optional<Long> trap = Json.number(json, "trap_ns", 0, MOST);
    Optional<Long> core = Json.number(json, "delegate_core", 0, Short.MAX_VALUE);
    return mechanism.isPresent() && floor.isPresent() && trap.isPresent() && core.isPresent()
        ? Optional.of(
            new Floor(
                mechanism.get(),
                Duration.ofNanos(floor.get()),
                Duration.ofNanos(trap.get()),
                Math.toIntExact(core.get())))
        : Optional.empty();
  }
}
