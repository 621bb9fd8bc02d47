package dev.diver.deploy.slurm;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How Slurm sees a job.
 *
 * @param state as squeue(1) has it
 * @param reason of that
 * @param node that it is or was on; empty where it never began
 * @param shown more, by the names of scontrol(1); nothing where only the queue was asked
 */
record SeenJob(String state, String reason, String node, Map<String, String> shown) {

  /** Of a job that Slurm has forgotten. */
  static final SeenJob UNKNOWN = new SeenJob("", "", "", Map.of());

  /** What squeue(1) is to print of each job. */
  static final String FORMAT = "%F|%K|%T|%r|%N";

  private static final int FIELDS = 5;
  private static final Pattern SHOWN = Pattern.compile("(\\w+)=(\\S*)");

  SeenJob {
    shown = Map.copyOf(shown);
  }

  /** Adds what a line of squeue tells to {@code jobs}, members of arrays as in {@code 12_3}. */
  static void parse(String line, Map<String, SeenJob> jobs) {
    String[] fields = line.strip().split("\\|", -1);
    if (fields.length == FIELDS) {
      jobs.put(name(fields[0], fields[1]), new SeenJob(fields[2], fields[3], fields[4], Map.of()));
    }
  }

  /** The name of a job from its number and that of the array's member, if it is one. */
  static String name(String job, String index) {
    return index.chars().allMatch(Character::isDigit) ? job + "_" + index : job;
  }

  /** From a line of {@code scontrol show job --oneliner}; empty where it is none. */
  static Optional<SeenJob> shown(String line) {
    Map<String, String> shown = new HashMap<>();
    SHOWN
        .matcher(line)
        .results()
        .forEach(field -> shown.putIfAbsent(field.group(1), field.group(2)));
    return Optional.ofNullable(shown.get("JobState"))
        .map(
            state ->
                new SeenJob(
                    state,
                    shown.getOrDefault("Reason", ""),
                    shown.getOrDefault("NodeList", ""),
                    shown));
  }

  /** What scontrol(1) shows under this name; empty where it shows nothing. */
  String shown(String name, String other) {
    String value = shown.getOrDefault(name, "");
    return value.isEmpty() || value.equals("(null)") ? other : value;
  }

  /** Whether nothing more happens to it. */
  boolean isOver() {
    return switch (state) {
      case "RUNNING", "COMPLETING", "SUSPENDED", "STOPPED", "STAGE_OUT", "SIGNALING", "RESIZING" ->
          false;
      default -> !isQueued();
    };
  }

  /** Whether Slurm knows nothing of it, or no more. */
  boolean isUnknown() {
    return state.isEmpty();
  }

  /** Whether its script came to an end, so that it has last words. */
  boolean endedByItself() {
    return state.equals("COMPLETED") || (state.equals("FAILED") && !isLaunchFailure());
  }

  /** What slurmd says of a script that it could not start, and of one that was killed. */
  boolean isLaunchFailure() {
    return reason.equals("JobLaunchFailure");
  }

  /** Whether it never began, since what it waits for has not ended as it has to. */
  boolean isNeverSatisfied() {
    return reason.equals("DependencyNeverSatisfied");
  }

  /** Whether it is yet to run, be it once more. */
  boolean isQueued() {
    return switch (state) {
      case "PENDING",
          "CONFIGURING",
          "REQUEUED",
          "REQUEUE_HOLD",
          "REQUEUE_FED",
          "SPECIAL_EXIT",
          "RESV_DEL_HOLD" ->
          true;
      default -> false;
    };
  }
}
