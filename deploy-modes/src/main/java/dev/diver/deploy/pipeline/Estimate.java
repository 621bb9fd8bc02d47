package dev.diver.deploy.pipeline;

/**
 * How long a task is going to take.
 *
 * @param millis zero or more
 * @param source who says so
 */
public record Estimate(long millis, Source source) {

  /** Who says how long a task is going to take. */
  public enum Source {
    /** The pipeline's file. */
    GIVEN("given"),
    /** A former run of the same task. */
    FORMER_RUN("former run"),
    /** The speedup model, from a trace. */
    MODEL("model"),
    /** Nobody. */
    ASSUMED("assumed");

    private final String words;

    Source(String words) {
      this.words = words;
    }

    @Override
    public String toString() {
      return words;
    }
  }
}
