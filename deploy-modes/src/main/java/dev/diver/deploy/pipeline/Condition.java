package dev.diver.deploy.pipeline;

import dev.diver.kernels.failure.Failure;
import java.util.Arrays;
import java.util.List;

/**
 * How another stage has to have ended for a stage to run.
 *
 * @param text as it is written
 * @param statuses exit statuses, each range with its ends
 * @param skipped whether a stage will do that never ran
 */
public record Condition(String text, List<Range> statuses, boolean skipped) {

  /** The greatest exit status (POSIX, wait). */
  private static final int MOST = 255;

  /** From and to, both included. */
  public record Range(int from, int to) {}

  public Condition {
    statuses = List.copyOf(statuses);
  }

  /**
   * Reads {@code success}, {@code failure}, {@code always}, or exit statuses such as {@code 0,2-4};
   * INVALID otherwise.
   */
  public static Condition parse(String text) {
    return switch (text) {
      case "success" -> new Condition(text, List.of(new Range(0, 0)), false);
      case "failure" -> new Condition(text, List.of(new Range(1, MOST)), false);
      case "always" -> new Condition(text, List.of(new Range(0, MOST)), true);
      default -> new Condition(text, statuses(text), false);
    };
  }

  private static List<Range> statuses(String text) {
    if (!text.matches("[0-9]{1,3}(-[0-9]{1,3})?(,[0-9]{1,3}(-[0-9]{1,3})?)*")) {
      throw malformed(text);
    }
    return Arrays.stream(text.split(",", -1))
        .map(
            range -> {
              String[] ends = range.split("-", -1);
              int from = Integer.parseInt(ends[0]);
              int to = Integer.parseInt(ends[ends.length - 1]);
              if (from > to || to > MOST) {
                throw malformed(text);
              }
              return new Range(from, to);
            })
        .toList();
  }

  /** Whether a stage that ended with this status meets it. */
  public boolean holds(int status) {
    return statuses.stream().anyMatch(range -> range.from <= status && status <= range.to);
  }

  private static RuntimeException malformed(String text) {
    return new Failure(
            Failure.Kind.INVALID,
            "\"" + text + "\" does not say how a stage ends.",
            "Write success, failure, always, or exit statuses from 0 to 255 as in \"2\" or"
                + " \"1,3-5\".")
        .exception();
  }
}
