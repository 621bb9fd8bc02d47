package dev.diver.deploy.slurm;

import java.util.Optional;

/** What a job's script tells of its gang, in a line for each ({@code gang.sh}). */
sealed interface GangEvent {

  /** A try has begun, on a node, at a time in milliseconds since 1970. */
  record Began(int attempt, String node, long at) implements GangEvent {}

  /**
   * A task has ended.
   *
   * @param stopped whether it was told to, by the script or by Slurm
   */
  record Ended(int task, int status, boolean stopped, long millis) implements GangEvent {}

  /** Another try follows, since this task has failed. */
  record Retried(int task, int left) implements GangEvent {}

  /** What it waits for has not ended as it has to. */
  record Skipped() implements GangEvent {}

  /** The node lacks what the gang needs: see {@code trouble} in the script. */
  record Trouble(String what, String node) implements GangEvent {}

  /** The gang has ended. */
  record Over(int status) implements GangEvent {}

  /** Of one whole line; empty where it is none of these. */
  static Optional<GangEvent> parse(String line) {
    String[] words = line.split(" ", -1);
    try {
      return switch (words[0]) {
        case "began" ->
            Optional.of(new Began(number(words[1]), words[2], Long.parseLong(words[3])));
        case "ended" ->
            Optional.of(
                new Ended(
                    number(words[1]),
                    number(words[2]),
                    !words[3].equals("0"),
                    Long.parseLong(words[4])));
        case "retried" -> Optional.of(new Retried(number(words[1]), number(words[2])));
        case "skipped" -> Optional.of(new Skipped());
        case "trouble" -> Optional.of(new Trouble(words[1], words[2]));
        case "over" -> Optional.of(new Over(number(words[1])));
        default -> Optional.empty();
      };
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException _) {
      return Optional.empty();
    }
  }

  private static int number(String word) {
    return Integer.parseInt(word);
  }
}
