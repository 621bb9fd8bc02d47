package dev.diver.deploy.trace;

import dev.diver.kernels.failure.Failure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/**
 * A dive's own report as a trace: what the same run would have been on the Linux that served it.
 * The time that forwarding took is no part of it. What the kernel served itself was not timed; it
 * counts as computing.
 */
public final class DiveReportTrace {

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();

  private record Report(String name, String mode, String kernel, Long runUs, List<Call> syscalls) {}

  private record Call(
      String name,
      Long local,
      Long forwarded,
      Optional<Long> forwardingNs,
      Optional<Long> serviceNs,
      Optional<Long> waitingNs) {

    long calls() {
      return local + forwarded;
    }
  }

  private DiveReportTrace() {}

  /** Whether this JSON is a dive's report. */
  public static boolean isOne(byte[] json) {
    try {
      JsonNode tree = MAPPER.readTree(json);
      return tree.isObject() && tree.has("outcome") && tree.has("kernel");
    } catch (JacksonException e) {
      return false;
    }
  }

  /**
   * Reads a report that nobody vouches for.
   *
   * @param source names the input in errors
   * @throws dev.diver.kernels.failure.DiverException INVALID where it does not say how long the app
   *     ran and what it called
   */
  public static Trace read(byte[] json, String source) {
    try {
      return trace(MAPPER.readValue(json, Report.class));
    } catch (JacksonException | IllegalArgumentException e) {
      throw new Failure(
              Failure.Kind.INVALID,
              source + " is a dive's report, but does not say how the app ran and what it called.",
              "Dive once more to the app's end, with a kernel that reports, such as remora.")
          .exception(e);
    }
  }

  private static Trace trace(Report report) {
    long lost = 0;
    List<SyscallUse> uses = new ArrayList<>();
    for (Call call : report.syscalls()) {
      lost += call.forwardingNs().orElse(0L) + call.waitingNs().orElse(0L);
      if (call.calls() > 0) {
        Duration service = Duration.ofNanos(call.serviceNs().orElse(0L));
        uses.add(new SyscallUse(call.name(), call.calls(), service, Optional.empty()));
      }
    }
    uses.sort(Comparator.comparing(SyscallUse::service).reversed());
    Duration run = Duration.ofNanos(Math.max(0, report.runUs() * 1000 - lost));
    return new Trace(
        List.of(report.name()),
        "a dive in " + report.mode() + " on " + report.kernel(),
        run,
        OptionalInt.empty(),
        run,
        OptionalDouble.empty(),
        uses);
  }
}
