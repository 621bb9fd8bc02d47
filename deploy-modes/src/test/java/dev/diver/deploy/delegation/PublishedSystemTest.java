package dev.diver.deploy.delegation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.deploy.speedup.Forwarding;
import dev.diver.deploy.trace.SyscallUse;
import dev.diver.deploy.trace.Trace;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PublishedSystemTest {

  private static PublishedSystem system(String name) {
    return PublishedSystem.all().stream()
        .filter(system -> system.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void roundTripsAreTheLeastThatWerePublished() {
    assertEquals(
        List.of("McKernel", "mOS", "HobbesIO"),
        PublishedSystem.all().stream().map(PublishedSystem::name).toList());
    assertEquals(6280, system("McKernel").roundTripNanos());
    assertEquals(6460, system("mOS").roundTripNanos());
    assertEquals(3920, system("HobbesIO").roundTripNanos());
  }

  /** Of its list: read and brk are handled, write is delegated, getrandom is not on it. */
  @Test
  void mcKernelForwardsWhatItDoesNotHandle() {
    Trace trace = trace(List.of("read", "write", "brk", "getrandom"));
    assertEquals(Set.of("write", "getrandom"), system("McKernel").forwarding().of(trace));
    assertTrue(
        system("McKernel").forwarding() instanceof Forwarding.AllBut(Set<String> all)
            && all.size() == 116);
  }

  @Test
  void theOthersForwardNearlyAll() {
    Trace trace = trace(List.of("a", "b", "c", "d", "e", "f", "g", "h", "i", "j"));
    // 90 % of ten, the least frequent: all but j, which is made most often
    assertEquals(
        Set.of("a", "b", "c", "d", "e", "f", "g", "h", "i"), system("mOS").forwarding().of(trace));
    assertEquals(10, system("HobbesIO").forwarding().of(trace).size());
  }

  /** Each name is called once more than the one before. */
  private static Trace trace(List<String> names) {
    Duration second = Duration.ofSeconds(1);
    return new Trace(
        List.of(),
        "test",
        second,
        OptionalInt.empty(),
        second,
        OptionalDouble.empty(),
        names.stream()
            .map(
                name ->
                    new SyscallUse(name, 1 + names.indexOf(name), Duration.ZERO, Optional.empty()))
            .toList());
  }
}
