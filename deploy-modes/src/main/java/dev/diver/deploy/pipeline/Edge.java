package dev.diver.deploy.pipeline;

/**
 * What one task has from another.
 *
 * @param from number of the task that is read or waited for
 * @param output of it; empty where it is only waited for
 * @param to number of the task that reads or waits
 * @param input of it; empty where it only waits
 * @param kind how they are joined
 */
public record Edge(int from, String output, int to, String input, Kind kind) {

  /** How tasks are joined. */
  public enum Kind {
    /** Read while it is written: both run at once. */
    STREAM("stream"),
    /** Read when it is whole: one runs after the other. */
    FILE("file"),
    /** Nothing is read: one runs after the other. */
    ORDER("order");

    private final String word;

    Kind(String word) {
      this.word = word;
    }

    @Override
    public String toString() {
      return word;
    }
  }
}
