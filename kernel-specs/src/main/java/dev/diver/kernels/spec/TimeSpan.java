package dev.diver.kernels.spec;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.diver.kernels.failure.Failure;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A span of time, written as a whole number and ms, s, m or h, as in {@code 30s}.
 *
 * @param millis zero or more
 */
public record TimeSpan(long millis) {

  private static final Pattern FORM = Pattern.compile("([0-9]{1,9})(ms|s|m|h)");

  public TimeSpan {
    if (millis < 0) {
      throw malformed(millis + "ms");
    }
  }

  /** Reads {@code 30s}; {@link Failure.Kind#INVALID} where it is not of that form. */
  public static TimeSpan parse(String text) {
    return find(text).orElseThrow(() -> malformed(text));
  }

  /** The same; empty where it is not of that form. */
  public static Optional<TimeSpan> find(String text) {
    Matcher form = FORM.matcher(text);
    return form.matches()
        ? Optional.of(new TimeSpan(Long.parseLong(form.group(1)) * unit(form.group(2))))
        : Optional.empty();
  }

  /** For the library's clocks. */
  public Duration duration() {
    return Duration.ofMillis(millis);
  }

  /** The form that {@link #parse} reads. */
  @Override
  @JsonValue
  public String toString() {
    return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
  }

  private static long unit(String name) {
    return switch (name) {
      case "ms" -> 1;
      case "s" -> 1000;
      case "m" -> 60_000;
      default -> 3_600_000;
    };
  }

  private static RuntimeException malformed(String text) {
    return new Failure(
            Failure.Kind.INVALID,
            "\"" + text + "\" is not a span of time.",
            "Write a whole number and ms, s, m or h, as in 30s.")
        .exception();
  }
}
