package dev.diver.deploy.slurm;

import dev.diver.deploy.pipeline.Pipeline;
import dev.diver.deploy.pipeline.PipelineState;
import dev.diver.kernels.failure.Failure;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Why a job has ended that did not end by itself, from what Slurm says of it.
 *
 * @param status of tasks that did not tell theirs: 137 where they had begun, as those read it who
 *     wait for them; else 124 where its time was over, 143 where it was cancelled, or 126
 */
record LostJob(int status, Failure why) {

  private static final int NOT_STARTED = 126;
  private static final int KILLED = 128 + 9;
  private static final int ENDED = 128 + 15;

  private static final String AGAIN = "Run the pipeline again with --resume; ";
  private static final String MORE_MEMORY = "Give the stage more with memory.";

  /** Of slurmstepd into a job's log, where it looks itself what a job takes (OverMemoryKill). */
  private static final Pattern TOO_LARGE =
      Pattern.compile("slurmstepd\\S* error: .* exceeded memory limit \\((\\d+) > (\\d+)\\)");

  /** Of a gang whose node lacks what it needs; nothing of it was started. */
  static LostJob of(GangEvent.Trouble trouble, Pipeline pipeline, SlurmFolder folder) {
    String node = trouble.node();
    return switch (trouble.what()) {
      case "folder" ->
          notStarted(
              "Node %s does not see the folder %s.".formatted(node, pipeline.folder()),
              "Put the pipeline on a file system that all nodes share.");
      case "diver" ->
          notStarted(
              "Node %s does not see Diver, or not the folder where its kernels are."
                  .formatted(node),
              "Put both on a file system that all nodes share; DIVER_HOME names the folder.");
      case "pipes" ->
          notStarted(
              "On node %s, no named pipes can be made in %s.".formatted(node, folder.path()),
              "Put the pipeline on a file system that has them, as NFS, Lustre and GPFS do.");
      default ->
          notStarted(
              "On node %s, the files that feed a stage could not be put together.".formatted(node),
              "See that those who feed it leave their files, and that the disk has room.");
    };
  }

  /** Of one that Slurm does not start, though all that it waits for has ended as it has to. */
  static LostJob neverStarted(String job) {
    return notStarted(
        "Slurm will not start job " + job + ", since one before it did not succeed for Slurm.",
        AGAIN + "stages that have succeeded do not run once more.");
  }

  /**
   * Of what Slurm saw last of a gang's job; a state that says nothing of its own is a killed job.
   */
  static LostJob of(SubmittedGang gang, SeenJob seen, SlurmFolder folder) {
    String at = seen.node().isEmpty() ? "" : " on " + seen.node();
    String time = seen.shown("RunTime", "");
    String who = "job " + gang.job + at + (time.isEmpty() ? "" : " after " + time);
    String state = " (" + known(seen.state()) + ")";
    LostJob lost =
        switch (seen.state()) {
          case "TIMEOUT" ->
              lost(
                  PipelineState.TIMED_OUT,
                  "Slurm ended "
                      + who
                      + state
                      + ": its time limit was "
                      + seen.shown("TimeLimit", "shorter")
                      + ".",
                  "Give the stage a timeout, which becomes the job's limit, or set"
                      + " SBATCH_TIMELIMIT.");
          case "DEADLINE" ->
              lost(
                  PipelineState.TIMED_OUT,
                  "Slurm ended " + who + state + ": the pipeline's timeout was over.",
                  "Give the pipeline more time with timeout, or see what it waits for.");
          case "OUT_OF_MEMORY" ->
              lost(
                  KILLED,
                  "Slurm ended " + who + state + ": it took more memory than " + memory(seen) + ".",
                  MORE_MEMORY);
          case "NODE_FAIL", "BOOT_FAIL" ->
              lost(
                  KILLED,
                  "The node of " + who + " has failed" + state + ".",
                  AGAIN + "with retries, Slurm tries it on another node.");
          case "PREEMPTED" ->
              lost(
                  ENDED,
                  "Slurm ended " + who + " in favour of another one" + state + ".",
                  AGAIN + "with retries, Slurm puts it back into the queue.");
          case "CANCELLED" ->
              lost(
                  ENDED,
                  "Somebody else than Diver has cancelled " + who + state + ".",
                  "Ask who ran scancel, then run the pipeline again with --resume.");
          default -> killed(gang, who + state, seen, folder);
        };
    return gang.hasBegun ? new LostJob(KILLED, lost.why) : lost;
  }

  private static String memory(SeenJob seen) {
    String node = seen.shown("MinMemoryNode", "");
    String core = seen.shown("MinMemoryCPU", "");
    return !node.isEmpty()
        ? "the " + node + " that it had"
        : core.isEmpty() ? "it had" : "the " + core + " that it had for each CPU";
  }

  private static LostJob killed(SubmittedGang gang, String who, SeenJob seen, SlurmFolder folder) {
    Matcher large = TOO_LARGE.matcher(folder.log(gang.job));
    if (large.find()) {
      String what =
          "Slurm ended %s: it took %s of memory, and had %s."
              .formatted(who, mebibytes(large.group(1)), mebibytes(large.group(2)));
      return lost(KILLED, what, MORE_MEMORY);
    }
    // what slurmd says of a job whose output it cannot open (0:53, a signal that nobody sends)
    if ((seen.isLaunchFailure() && !gang.hasBegun) || seen.shown("ExitCode", "").equals("0:53")) {
      return notStarted(
          "Slurm could not start "
              + who
              + (seen.node().isEmpty()
                  ? "."
                  : ", which does not see or may not write " + folder.log() + "."),
          "Put the pipeline into a folder on a file system that all nodes share, writable for you"
              + " there: srun -w NODE ls -ld FOLDER tells.");
    }
    return lost(
        KILLED,
        "Slurm's %s has ended without a word (reason %s, exit code %s)."
            .formatted(who, known(seen.reason()), seen.shown("ExitCode", "unknown")),
        "See \"scontrol show job "
            + gang.job
            + "\", what Slurm's log there says, and whether the nodes"
            + " see the pipeline's folder as it is here.");
  }

  private static String mebibytes(String bytes) {
    return bytes.length() > 18 ? bytes + " bytes" : (Long.parseLong(bytes) >> 20) + " MiB";
  }

  private static String known(String text) {
    return text.isEmpty() ? "unknown" : text;
  }

  private static LostJob notStarted(String what, String remedy) {
    return lost(NOT_STARTED, what, remedy);
  }

  private static LostJob lost(int status, String what, String remedy) {
    return new LostJob(status, new Failure(Failure.Kind.FAILED, what, remedy));
  }
}
