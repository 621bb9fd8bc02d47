package dev.diver.deploy.trace;

import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * A trace as JSON, times in whole nanoseconds. A reader refuses what it does not understand: a
 * later format has a greater version.
 */
public final class TraceJson {

  static final int VERSION = 1;

  /** A name or a word of a command; longer ones are nobody's. */
  private static final int MOST_TEXT = 100_000;

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  /** What stands in the file. Boxed: a number that is missing is no 0. */
  private record Document(
      Integer version,
      List<String> command,
      String recorder,
      Long wallNs,
      Optional<Integer> threads,
      Long lifetimeNs,
      Optional<Double> slowdown,
      List<Call> syscalls) {}

  private record Call(String name, Long calls, Long serviceNs, Optional<Times> spread) {}

  private record Times(Long minNs, Long p50Ns, Long p90Ns, Long p99Ns, Long maxNs) {}

  private TraceJson() {}

  /** The trace as a file holds it, UTF-8. */
  public static byte[] write(Trace trace) {
    return MAPPER.writeValueAsBytes(
        new Document(
            VERSION,
            trace.command(),
            trace.recorder(),
            trace.wall().toNanos(),
            trace.threads().isPresent()
                ? Optional.of(trace.threads().getAsInt())
                : Optional.empty(),
            trace.lifetime().toNanos(),
            trace.slowdown().isPresent()
                ? Optional.of(trace.slowdown().getAsDouble())
                : Optional.empty(),
            trace.syscalls().stream().map(TraceJson::call).toList()));
  }

  private static Call call(SyscallUse use) {
    return new Call(
        use.name(), use.calls(), use.service().toNanos(), use.spread().map(TraceJson::times));
  }

  private static Times times(SyscallUse.Spread spread) {
    return new Times(
        spread.minimum().toNanos(),
        spread.median().toNanos(),
        spread.p90().toNanos(),
        spread.p99().toNanos(),
        spread.maximum().toNanos());
  }

  /**
   * Reads a trace that nobody vouches for.
   *
   * @param source names the input in errors
   * @throws DiverException INVALID with the field that is missing or out of range
   */
  public static Trace read(byte[] bytes, String source) {
    try {
      Document document = MAPPER.readValue(bytes, Document.class);
      check("version", document.version() == VERSION);
      return trace(document);
    } catch (JacksonException e) {
      throw invalid(source, where(e), e);
    } catch (Damage e) {
      throw invalid(source, e.getMessage(), e);
    }
  }

  private static DiverException invalid(String source, @Nullable String field, Exception cause) {
    return new Failure(
            Failure.Kind.INVALID,
            source + " is no trace: " + field + " is missing, or not what it should be.",
            "Make one with `diver trace`, or with `diver trace import` from what strace or perf"
                + " wrote.")
        .exception(cause);
  }

  /** The path to the field, as in {@code syscalls[2].calls}. */
  private static String where(JacksonException e) {
    String path =
        e.getPath().stream()
            .map(
                step ->
                    step.getPropertyName() == null
                        ? "[" + step.getIndex() + "]"
                        : "." + step.getPropertyName())
            .collect(Collectors.joining());
    return path.isEmpty() ? "the JSON object" : path.substring(1);
  }

  /** A field that is not what it should be. */
  private static final class Damage extends Exception {
    Damage(String field) {
      super(field);
    }
  }

  private static void check(String field, boolean holds) throws Damage {
    if (!holds) {
      throw new Damage(field);
    }
  }

  private static Trace trace(Document document) throws Damage {
    check("wall_ns", document.wallNs() >= 0);
    check("lifetime_ns", document.lifetimeNs() >= 0);
    check("threads", document.threads().orElse(1) >= 1);
    double slowdown = document.slowdown().orElse(1.0);
    check("slowdown", slowdown > 0 && Double.isFinite(slowdown));
    check("recorder", isText(document.recorder()));
    for (String word : document.command()) {
      check("command", word != null && word.length() <= MOST_TEXT);
    }
    return new Trace(
        document.command(),
        document.recorder(),
        Duration.ofNanos(document.wallNs()),
        document.threads().isPresent()
            ? OptionalInt.of(document.threads().get())
            : OptionalInt.empty(),
        Duration.ofNanos(document.lifetimeNs()),
        document.slowdown().isPresent() ? OptionalDouble.of(slowdown) : OptionalDouble.empty(),
        uses(document.syscalls()));
  }

  private static List<SyscallUse> uses(List<Call> calls) throws Damage {
    Set<String> names = new HashSet<>();
    List<SyscallUse> uses = new ArrayList<>();
    long restOfCalls = Long.MAX_VALUE;
    long restOfNanos = Long.MAX_VALUE;
    for (int i = 0; i < calls.size(); i++) {
      String place = "syscalls[" + i + "]";
      Call call = calls.get(i);
      check(place, call != null);
      check(place + ".name", isText(call.name()) && names.add(call.name()));
      check(place + ".calls", call.calls() >= 1 && call.calls() <= restOfCalls);
      check(place + ".service_ns", call.serviceNs() >= 0 && call.serviceNs() <= restOfNanos);
      restOfCalls -= call.calls();
      restOfNanos -= call.serviceNs();
      uses.add(
          new SyscallUse(
              call.name(),
              call.calls(),
              Duration.ofNanos(call.serviceNs()),
              call.spread().isPresent()
                  ? Optional.of(spread(place + ".spread", call.spread().get()))
                  : Optional.empty()));
    }
    return uses;
  }

  private static SyscallUse.Spread spread(String place, Times times) throws Damage {
    check(
        place,
        0 <= times.minNs()
            && times.minNs() <= times.p50Ns()
            && times.p50Ns() <= times.p90Ns()
            && times.p90Ns() <= times.p99Ns()
            && times.p99Ns() <= times.maxNs());
    return new SyscallUse.Spread(
        Duration.ofNanos(times.minNs()),
        Duration.ofNanos(times.p50Ns()),
        Duration.ofNanos(times.p90Ns()),
        Duration.ofNanos(times.p99Ns()),
        Duration.ofNanos(times.maxNs()));
  }

  private static boolean isText(String text) {
    return !text.isEmpty()
        && text.length() <= MOST_TEXT
        && text.chars().noneMatch(Character::isISOControl);
  }
}
