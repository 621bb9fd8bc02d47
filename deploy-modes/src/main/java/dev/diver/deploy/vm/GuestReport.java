package dev.diver.deploy.vm;

import dev.diver.deploy.DiveReport.Cost;
import dev.diver.deploy.DiveReport.DelegateUse;
import dev.diver.deploy.DiveReport.MemoryUse;
import dev.diver.deploy.DiveReport.SyscallCount;
import dev.diver.deploy.Outcome;
import dev.diver.deploy.machine.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a kernel says about a dive: JSON lines that nobody vouches for. What is malformed or out of
 * range is passed over; the first verdict counts.
 */
final class GuestReport {

  /** How much of a report is read, in bytes. */
  static final int MAX_SIZE = 1 << 20;

  private static final int MAX_CALLS = 1024;
  private static final int MAX_REGISTERS = 64;
  private static final int MAX_NAME = 40;
  private static final int MAX_SIGNAL = 64;
  private static final int MAX_MESSAGE = 1000;
  private static final int MAX_NAMES = 32;

  /** So that sums over all calls stay in range. */
  private static final long MAX_NANOS = Long.MAX_VALUE / (4 * MAX_CALLS);

  private Optional<Outcome> verdict = Optional.empty();
  private boolean booted;
  private long appBase;
  private Optional<Duration> boot = Optional.empty();
  private Optional<Duration> run = Optional.empty();
  private Optional<MemoryUse> memory = Optional.empty();
  private final Map<Integer, SyscallCount> calls = new LinkedHashMap<>();
  private List<String> confined = List.of();
  private Optional<DelegateUse> delegate = Optional.empty();
  private Optional<String> agentError = Optional.empty();
  private boolean agentStopped;
  private Optional<String> agentRemedy = Optional.empty();
  private Optional<Duration> appStart = Optional.empty();

  private GuestReport() {}

  /** Reads the file; one that is not there is an empty report. */
  static GuestReport read(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return parse(in.readNBytes(MAX_SIZE));
    } catch (NoSuchFileException e) {
      return new GuestReport();
    }
  }

  static GuestReport parse(byte[] lines) {
    GuestReport report = new GuestReport();
    int start = 0;
    for (int i = 0; i <= lines.length; i++) {
      if (i == lines.length || lines[i] == '\n') {
        Json.object(lines, start, i - start).ifPresent(report::take);
        start = i + 1;
      }
    }
    return report;
  }

  /** How the app or the kernel ended, without a symbol. */
  Optional<Outcome> verdict() {
    return verdict;
  }

  /** Whether the kernel said that it enters the app. */
  boolean booted() {
    return booted;
  }

  /** Where the kernel put a position-independent app; 0 where it did not say. */
  long appBase() {
    return appBase;
  }

  Optional<Duration> boot() {
    return boot;
  }

  Optional<Duration> run() {
    return run;
  }

  Optional<MemoryUse> memory() {
    return memory;
  }

  List<SyscallCount> calls() {
    return List.copyOf(calls.values());
  }

  /** What the agent did, where one ran to the end. */
  Optional<DelegateUse> delegate() {
    return delegate;
  }

  /** Why the agent gave up, where it did. */
  Optional<String> agentError() {
    return agentError;
  }

  /** Whether somebody asked the agent to end it. */
  boolean agentStopped() {
    return agentStopped;
  }

  /** What the agent advises, where it gave up for what it was asked. */
  Optional<String> agentRemedy() {
    return agentRemedy;
  }

  /** From the start of taking a machine's cores to the app's, where the agent did that. */
  Optional<Duration> appStart() {
    return appStart;
  }

  private void take(Map<String, Object> event) {
    switch (Json.text(event, "event").orElse("")) {
      case "boot" -> {
        booted = true;
        boot = micros(event, "boot_us").filter(time -> !time.isZero()); // 0: no kernel was booted
        appBase = Json.text(event, "app_base").flatMap(Faults::address).orElse(0L);
      }
      case "syscalls" -> Json.array(event, "calls").forEach(this::call);
      case "memory" -> memory = memory(event);
      case "agent" -> { // its first line: the kernel has not said anything before it
        if (confined.isEmpty()) {
          confined = texts(Json.array(event, "confined"));
        }
      }
      case "delegate" -> delegate = Optional.of(delegate(event));
      case "enclave" -> appStart = micros(event, "app_start_us");
      case "agent-error" -> {
        if (Json.text(event, "kind").filter("stopped"::equals).isPresent()) {
          agentStopped = true;
        } else if (agentError.isEmpty()) {
          agentError = Optional.of(message(event));
          agentRemedy = Json.text(event, "remedy").map(text -> Printable.line(text, MAX_MESSAGE));
        }
      }
      case "exit" -> {
        Optional<Long> status = Json.number(event, "status", 0, 255);
        decide(event, status.map(s -> new Outcome.Exited(s.intValue())));
      }
      case "signal" -> {
        Optional<Long> signal = Json.number(event, "signal", 1, MAX_SIGNAL);
        decide(event, signal.map(number -> signalled(event, number.intValue())));
      }
      case "panic" -> decide(event, Optional.of(new Outcome.Panicked(message(event))));
      case "refused" -> decide(event, Optional.of(new Outcome.Refused(message(event))));
      default -> {} // an event of a later version, or garbage
    }
  }

  private void decide(Map<String, Object> event, Optional<? extends Outcome> outcome) {
    if (verdict.isEmpty() && outcome.isPresent()) {
      verdict = Optional.of(outcome.get());
      run = micros(event, "run_us");
    }
  }

  private void call(Object element) {
    if (element instanceof Map<?, ?> call && calls.size() < MAX_CALLS) {
      OptionalInt number =
          Json.number(call, "nr", 0, Integer.MAX_VALUE).stream().mapToInt(Long::intValue).findAny();
      Optional<String> name = Json.text(call, "name").map(text -> Printable.line(text, MAX_NAME));
      if (number.isPresent()) {
        int nr = number.getAsInt();
        long local = count(call, "local");
        long forwarded = count(call, "forwarded");
        long unsupported = count(call, "unsupported");
        Optional<Cost> cost = forwarded > 0 ? Optional.of(cost(call)) : Optional.empty();
        calls.put(
            nr, new SyscallCount(nr, name.orElse("#" + nr), local, forwarded, unsupported, cost));
      }
    }
  }

  private static Cost cost(Map<?, ?> call) {
    return new Cost(
        nanos(call, "forwarding_ns"), nanos(call, "service_ns"), nanos(call, "waiting_ns"));
  }

  private static Duration nanos(Map<?, ?> call, String name) {
    return Duration.ofNanos(Json.number(call, name, 0, MAX_NANOS).orElse(0L));
  }

  private DelegateUse delegate(Map<String, Object> event) {
    Map<String, Long> refused = new LinkedHashMap<>();
    for (Object element : Json.array(event, "refused")) {
      if (element instanceof Map<?, ?> call && refused.size() < MAX_CALLS) {
        String name = Json.text(call, "name").orElse("?");
        refused.put(Printable.line(name, MAX_NAME), count(call, "count"));
      }
    }
    return new DelegateUse(
        count(event, "requests"),
        count(event, "faults"),
        count(event, "mirrored_bytes"),
        count(event, "sleeps"),
        Json.number(event, "threads", 0, Integer.MAX_VALUE).orElse(0L).intValue(),
        confined,
        refused);
  }

  private static List<String> texts(List<?> elements) {
    return elements.stream()
        .limit(MAX_NAMES)
        .filter(String.class::isInstance)
        .map(text -> Printable.line((String) text, MAX_NAME))
        .toList();
  }

  private static long count(Map<?, ?> call, String name) {
    return Json.number(call, name, 0, Long.MAX_VALUE).orElse(0L);
  }

  private static Outcome.Signalled signalled(Map<String, Object> event, int signal) {
    Map<String, String> registers = new LinkedHashMap<>();
    for (Map.Entry<?, ?> register : Json.child(event, "registers").entrySet()) {
      if (registers.size() < MAX_REGISTERS && register.getValue() instanceof String value) {
        registers.put(
            Printable.line(register.getKey().toString(), MAX_NAME),
            Printable.line(value, MAX_NAME));
      }
    }
    return new Outcome.Signalled(
        signal,
        Json.text(event, "fault_addr").map(text -> Printable.line(text, MAX_NAME)),
        registers,
        Optional.empty(),
        Json.text(event, "reason").map(text -> Printable.line(text, MAX_MESSAGE)));
  }

  private static Optional<MemoryUse> memory(Map<String, Object> event) {
    Optional<Long> heap = Json.number(event, "heap_bytes", 0, Long.MAX_VALUE);
    Optional<Long> total = Json.number(event, "total_bytes", 0, Long.MAX_VALUE);
    Optional<Long> peak = Json.number(event, "peak_bytes", 0, Long.MAX_VALUE);
    return heap.isPresent() && total.isPresent() && peak.isPresent()
        ? Optional.of(new MemoryUse(heap.get(), total.get(), peak.get()))
        : Optional.empty();
  }

  private static Optional<Duration> micros(Map<String, Object> event, String name) {
    return Json.number(event, name, 0, Long.MAX_VALUE / 1000)
        .map(us -> Duration.ofNanos(us * 1000));
  }

  private static String message(Map<String, Object> event) {
    return Printable.line(Json.text(event, "message").orElse("no message"), MAX_MESSAGE);
  }
}
