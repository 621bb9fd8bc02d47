package dev.diver.deploy.validation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.diver.deploy.trace.SyscallUse;
import dev.diver.deploy.trace.Trace;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class CriticalPathTest {

  /** A driver waits 90 ms for its child, both live 190 ms together; the clock saw 100 ms. */
  @Test
  void waitingBesideOthersIsTakenAway() {
    Trace path =
        CriticalPath.of(
            trace(100, 190, use("wait4", 1, 90), use("read", 50, 5), use("futex", 2, 1)));
    assertEquals(Duration.ofMillis(100), path.lifetime());
    assertEquals(Duration.ofMillis(94), path.computation());
    assertEquals(List.of("read", "futex", "wait4"), names(path));
    assertEquals(53, path.calls());
  }

  /** Where more waits than lies beside others, the rest is waiting for the world outside. */
  @Test
  void onlyTheExcessIsTakenAway() {
    Trace path =
        CriticalPath.of(trace(100, 130, use("poll", 4, 60), use("clock_nanosleep", 9, 20)));
    assertEquals(Duration.ofMillis(100), path.lifetime());
    assertEquals(Duration.ofMillis(50), path.service());
    assertEquals(Duration.ofMillis(50), path.computation());
  }

  /** Threads that compute at the same time do not wait for each other. */
  @Test
  void computingBesideOthersStays() {
    Trace path = CriticalPath.of(trace(100, 200, use("futex", 8, 10), use("read", 8, 10)));
    assertEquals(Duration.ofMillis(190), path.lifetime());
    assertEquals(Duration.ofMillis(180), path.computation());
  }

  @Test
  void oneThreadIsItsOwnCriticalPath() {
    Trace alone = trace(100, 100, use("poll", 4, 60), use("read", 9, 20));
    assertEquals(alone, CriticalPath.of(alone));
    Trace shorter = trace(100, 99, use("poll", 4, 60));
    assertEquals(shorter, CriticalPath.of(shorter));
  }

  private static List<String> names(Trace trace) {
    return trace.syscalls().stream().map(SyscallUse::name).toList();
  }

  static SyscallUse use(String name, long calls, long millis) {
    return new SyscallUse(name, calls, Duration.ofMillis(millis), Optional.empty());
  }

  static Trace trace(long wallMillis, long lifetimeMillis, SyscallUse... uses) {
    return new Trace(
        List.of("app"),
        "test",
        Duration.ofMillis(wallMillis),
        OptionalInt.empty(),
        Duration.ofMillis(lifetimeMillis),
        OptionalDouble.empty(),
        List.of(uses));
  }
}
