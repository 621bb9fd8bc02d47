package dev.diver.deploy.trace;

import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the interposer has counted: one JSON line for each program that a process ran, in the order
 * in which they ended.
 *
 * @param lifetime of all threads, without the interposer's own time
 * @param threads of all processes
 * @param syscalls in descending order of service
 * @param uncounted programs that ran without it (setuid, not readable), as paths
 */
public record CountedRun(
    Duration lifetime, int threads, List<SyscallUse> syscalls, List<String> uncounted) {

  private static final JsonMapper MAPPER =
      JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();

  private record Line(
      long pid,
      Optional<Integer> threads,
      Optional<Long> lifetimeNs,
      Optional<Long> overheadNs,
      Optional<List<Use>> syscalls,
      Optional<String> outside,
      Optional<String> why) {}

  private record Use(
      Optional<String> name,
      Optional<Long> nr,
      long calls,
      long serviceNs,
      long minNs,
      long maxNs,
      Optional<Long> forwarded,
      Optional<Long> forwardingNs,
      List<Long> histogram) {

    String title() {
      return name.orElseGet(() -> "syscall_" + nr.orElse(0L));
    }
  }

  public CountedRun {
    syscalls = List.copyOf(syscalls);
    uncounted = List.copyOf(uncounted);
  }

  /**
   * Reads and adds up all lines.
   *
   * @throws dev.diver.kernels.failure.DiverException CORRUPT where one is not what the interposer
   *     writes, or there is none
   */
  public static CountedRun read(Path file) {
    Sum sum = new Sum();
    try (BufferedReader lines = Files.newBufferedReader(file)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        sum.add(MAPPER.readValue(line, Line.class));
      }
    } catch (JacksonException e) {
      throw damaged(file).exception(e);
    } catch (IOException e) {
      throw IoFailure.of("read", file, e);
    }
    if (sum.pids.isEmpty()) {
      throw damaged(file).exception();
    }
    return sum.run();
  }

  private static Failure damaged(Path file) {
    return new Failure(
        Failure.Kind.CORRUPT,
        "What the recorder wrote to " + file + " is not whole.",
        "Record once more; if it happens again, choose another recorder with --with.");
  }

  /**
   * As a trace.
   *
   * @param slowdown wall time with the recorder over wall time without
   */
  public Trace trace(List<String> command, Duration wall, OptionalDouble slowdown) {
    return new Trace(
        command, "interpose", wall, OptionalInt.of(threads), lifetime, slowdown, syscalls);
  }

  /** Adds up lines. */
  private static final class Sum {
    private final Set<Long> pids = new HashSet<>();
    private final Map<String, UseSum> uses = new TreeMap<>();
    private final List<String> uncounted = new ArrayList<>();
    private long lifetimeNanos;
    private int threads;

    void add(Line line) {
      line.outside().ifPresent(uncounted::add);
      if (line.lifetimeNs().isEmpty()) {
        return;
      }
      lifetimeNanos += Math.max(0, line.lifetimeNs().get() - line.overheadNs().orElse(0L));
      // the thread that starts another program by execve goes on in it
      threads += line.threads().orElse(1) - (pids.add(line.pid()) ? 0 : 1);
      for (Use use : line.syscalls().orElse(List.of())) {
        uses.computeIfAbsent(use.title(), name -> new UseSum())
            .add(use.calls(), use.serviceNs(), use.minNs(), use.maxNs(), use.histogram());
      }
    }

    CountedRun run() {
      List<SyscallUse> sorted = new ArrayList<>();
      uses.forEach((name, sum) -> sorted.add(sum.use(name)));
      sorted.sort(Comparator.comparing(SyscallUse::service).reversed());
      return new CountedRun(Duration.ofNanos(lifetimeNanos), threads, sorted, uncounted);
    }
  }
}
