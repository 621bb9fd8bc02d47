package dev.diver.deploy.emulated;

import dev.diver.deploy.DiveReport.Cost;
import dev.diver.deploy.DiveReport.EmulationUse;
import dev.diver.deploy.DiveReport.SyscallCount;
import dev.diver.deploy.Outcome;
import dev.diver.deploy.machine.Json;
import dev.diver.kernels.syscall.SyscallTable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What the interposer wrote: a line for each program that a process ran. The program has the file
 * open to nobody, but runs as the same user: nothing in it is trusted with more than being shown.
 */
final class InterposerReport {

  /** Sums over all processes, by name. */
  private static final class Use {
    private long calls;
    private long service;
    private long forwarded;
    private long forwarding;
  }

  /** Counts and times that are larger are none: sums of these do not overflow. */
  private static final long MOST = 1L << 55;

  private final Map<String, Use> uses = new TreeMap<>();
  private final Map<String, String> outside = new LinkedHashMap<>();
  private final long pid;
  private Optional<Outcome> outcome = Optional.empty();
  private Optional<Floor> floor = Optional.empty();
  private Duration roundTrip = Duration.ZERO;
  private Duration lifetime = Duration.ZERO;

  private InterposerReport(long pid) {
    this.pid = pid;
  }

  /**
   * Reads it; what is not there or no JSON counts for nothing.
   *
   * @param pid of the first process, whose end is the dive's
   */
  static InterposerReport read(Path file, long pid) throws IOException {
    InterposerReport report = new InterposerReport(pid);
    try (Stream<String> lines = Files.lines(file, StandardCharsets.ISO_8859_1)) {
      lines.forEach(
          line -> {
            byte[] bytes = line.getBytes(StandardCharsets.ISO_8859_1);
            Json.object(bytes, 0, bytes.length).ifPresent(report::add);
          });
    } catch (NoSuchFileException e) {
      return report;
    }
    return report;
  }

  private void add(Map<String, Object> line) {
    Floor.parse(line).ifPresent(found -> floor = Optional.of(found));
    Json.number(line, "round_trip_ns", 0, MOST).ifPresent(ns -> roundTrip = Duration.ofNanos(ns));
    long own = number(line, "lifetime_ns") - number(line, "overhead_ns");
    lifetime = lifetime.plusNanos(Math.max(0, own));
    Json.text(line, "outside")
        .ifPresent(path -> outside.put(path, Json.text(line, "why").orElse("")));
    for (Object call : Json.array(line, "syscalls")) {
      if (call instanceof Map<?, ?> use) {
        addUse(use);
      }
    }
    if (Json.number(line, "pid").filter(number -> number == pid).isPresent()) {
      outcome = outcome(line).or(() -> outcome);
    }
  }

  private void addUse(Map<?, ?> call) {
    String name = Json.text(call, "name").orElseGet(() -> "syscall_" + number(call, "nr"));
    Use use = uses.computeIfAbsent(name, _ -> new Use());
    use.calls += number(call, "calls");
    use.service += number(call, "service_ns");
    use.forwarded += Math.min(number(call, "forwarded"), number(call, "calls"));
    use.forwarding += number(call, "forwarding_ns");
  }

  private static long number(Map<?, ?> json, String name) {
    return Json.number(json, name, 0, MOST).orElse(0L);
  }

  private static Optional<Outcome> outcome(Map<String, Object> line) {
    Optional<Outcome> exited =
        Json.number(line, "status", 0, 255).map(status -> new Outcome.Exited(status.intValue()));
    return exited.or(() -> Json.number(line, "signal", 1, 64).map(InterposerReport::killed));
  }

  static Outcome killed(long signal) {
    return new Outcome.Signalled(
        (int) signal, Optional.empty(), Map.of(), Optional.empty(), Optional.empty());
  }

  /** How the first process ended, where it said so: it cannot where SIGKILL ended it. */
  Optional<Outcome> outcome() {
    return outcome;
  }

  /** Whether the program was started at all. */
  boolean started() {
    return floor.isPresent();
  }

  /** Of all threads of all processes, without what catching local calls took. */
  Duration lifetime() {
    return lifetime;
  }

  /** Each call of all processes, the most expensive first. */
  List<SyscallCount> calls() {
    Map<String, Integer> numbers = new LinkedHashMap<>();
    for (int number = 0; number < 512; number++) {
      int n = number;
      SyscallTable.name(number).ifPresent(name -> numbers.put(name, n));
    }
    return uses.entrySet().stream()
        .sorted(Comparator.comparingLong(entry -> -entry.getValue().service))
        .map(entry -> count(numbers.getOrDefault(entry.getKey(), -1), entry))
        .toList();
  }

  private static SyscallCount count(int number, Map.Entry<String, Use> entry) {
    Use use = entry.getValue();
    Optional<Cost> cost =
        use.forwarded == 0
            ? Optional.empty()
            : Optional.of(
                new Cost(
                    Duration.ofNanos(use.forwarding),
                    Duration.ofNanos(use.service),
                    Duration.ZERO));
    return new SyscallCount(
        number, entry.getKey(), use.calls - use.forwarded, use.forwarded, 0, cost);
  }

  /** What forwarding was. */
  Optional<EmulationUse> emulation() {
    return floor.map(
        found ->
            new EmulationUse(
                found.mechanism(),
                found.roundTrip(),
                roundTrip,
                found.trap(),
                found.core(),
                Map.copyOf(outside)));
  }
}
