package dev.diver.deploy.trace;

import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import dev.diver.kernels.syscall.SyscallTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the script calls.bt leaves: its maps, a JSON object in each line. */
final class BpfCounts {

  private static final JsonMapper MAPPER = new JsonMapper();

  private final Map<String, JsonNode> maps = new HashMap<>();

  private BpfCounts() {}

  /**
   * Reads them.
   *
   * @throws dev.diver.kernels.failure.DiverException CORRUPT where this is not what bpftrace writes
   */
  static BpfCounts read(Path file) {
    BpfCounts counts = new BpfCounts();
    try {
      for (String line : Files.readAllLines(file)) {
        MAPPER.readTree(line).path("data").properties().forEach(counts::keep);
      }
    } catch (JacksonException e) {
      throw damaged().exception(e);
    } catch (IOException e) {
      throw IoFailure.of("read", file, e);
    }
    if (!counts.maps.containsKey("@took") || counts.number("@began") == 0) {
      throw damaged().exception();
    }
    return counts;
  }

  private static Failure damaged() {
    return new Failure(
        Failure.Kind.CORRUPT,
        "What bpftrace has counted is not whole.",
        "Record once more; if it happens again, take another recorder, as in --with interpose.");
  }

  private void keep(Map.Entry<String, JsonNode> map) {
    maps.put(map.getKey(), map.getValue());
  }

  private JsonNode map(String name) {
    return maps.getOrDefault(name, MAPPER.createObjectNode());
  }

  private long number(String name) {
    return map(name).asLong(0);
  }

  /** As a trace, by the kernel's clock. */
  Recording recording(List<String> command, ProgramRun run) {
    int alive = map("@alive").size();
    Duration lived = Duration.ofNanos(number("@lived") + livedOn());
    List<String> notes =
        alive == 0
            ? List.of()
            : List.of(
                "Threads that outlived the program, and are not recorded further: " + alive + ".");
    Trace trace =
        new Trace(
            command,
            "bpftrace",
            Duration.ofNanos(number("@ended") - number("@began")),
            OptionalInt.of(Math.toIntExact(number("@started") + 1)),
            lived,
            OptionalDouble.empty(),
            uses());
    return new Recording(trace, run.status(), notes);
  }

  /** What those that still live have lived up to the last look, in ns. */
  private long livedOn() {
    return map("@alive").properties().stream()
        .mapToLong(thread -> Math.max(0, number("@seen") - thread.getValue().asLong(0)))
        .sum();
  }

  private List<SyscallUse> uses() {
    List<SyscallUse> uses = new ArrayList<>();
    for (Map.Entry<String, JsonNode> call : map("@took").properties()) {
      String number = call.getKey();
      UseSum sum = new UseSum();
      sum.add(
          call.getValue().path("count").asLong(0),
          call.getValue().path("total").asLong(0),
          map("@least").path(number).asLong(0),
          map("@most").path(number).asLong(0),
          histogram(map("@times").path(number)));
      uses.add(sum.use(name(number)));
    }
    uses.sort(Comparator.comparing(SyscallUse::service).reversed());
    return uses;
  }

  /** Buckets by powers of two; their first holds 0. */
  private static List<Long> histogram(JsonNode buckets) {
    List<Long> counts = new ArrayList<>(Collections.nCopies(Long.SIZE, 0L));
    for (JsonNode bucket : buckets) {
      long from = Math.max(1, bucket.path("min").asLong(0));
      int power = Long.SIZE - 1 - Long.numberOfLeadingZeros(from);
      counts.set(power, counts.get(power) + bucket.path("count").asLong(0));
    }
    return counts;
  }

  private static String name(String number) {
    try {
      return SyscallTable.name(Integer.parseInt(number)).orElse("syscall_" + number);
    } catch (NumberFormatException e) {
      return "syscall_" + number;
    }
  }
}
