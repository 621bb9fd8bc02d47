package dev.diver.deploy.slurm;

import dev.diver.kernels.failure.Failure;

/**
 * Why a job has ended that did not end by itself, from what Slurm says of it.
 *
 * @param status that stands for it: 124 where its time was over, else 128 and a signal's number, or
 *     126 where it could not be started
 */
record LostJob(int status, Failure why) {

  private static final int TIMED_OUT = 124;
  private static final int NOT_STARTED = 126;
  private static final int KILLED = 128 + 9;
  private static final int ENDED = 128 + 15;

  /** Of what Slurm saw last of the job; a state that says nothing of its own is a killed job. */
  static LostJob of(String job, Slurm.Seen seen, SlurmFolder folder) {
    String at = seen.node().isEmpty() ? "" : " on " + seen.node();
    return switch (seen.state()) {
      case "TIMEOUT" ->
          lost(
              TIMED_OUT,
              "Slurm ended job " + job + at + " at its time limit.",
              "Give the stage a timeout, which becomes the job's limit, or set SBATCH_TIMELIMIT.");
      case "DEADLINE" ->
          lost(
              TIMED_OUT,
              "Slurm ended job " + job + at + ", since the pipeline's timeout was over.",
              "Give the pipeline more time with timeout, or see what it waits for.");
      case "OUT_OF_MEMORY" ->
          lost(
              KILLED,
              "Slurm ended job " + job + at + ", which needed more memory than it had asked for.",
              "Give the stage more with memory.");
      case "NODE_FAIL", "BOOT_FAIL" ->
          lost(
              KILLED,
              "The node of job " + job + at + " has failed.",
              "Run the pipeline again with --resume; with retries, Slurm tries it on another"
                  + " node.");
      case "PREEMPTED" ->
          lost(
              ENDED,
              "Slurm ended job " + job + at + " in favour of another one.",
              "Run the pipeline again with --resume; with retries, Slurm may try it again.");
      case "CANCELLED" ->
          lost(
              ENDED,
              "Job " + job + at + " was cancelled by somebody else than Diver.",
              "Ask who ran scancel, then run the pipeline again with --resume.");
      default -> unexplained(job, seen, at, folder);
    };
  }

  private static LostJob unexplained(String job, Slurm.Seen seen, String at, SlurmFolder folder) {
    // what slurmd says of a job whose output it cannot open (0:53, a signal that nobody sends)
    if (seen.reason().equals("JobLaunchFailure") || seen.exitCode().equals("0:53")) {
      return lost(
          NOT_STARTED,
          "Slurm could not start job "
              + job
              + at
              + (seen.node().isEmpty()
                  ? "."
                  : ", which does not see or may not write " + folder.log() + "."),
          "Put the pipeline into a folder on a file system that all nodes share, writable for you"
              + " there: srun -w NODE ls -ld FOLDER tells.");
    }
    return lost(
        KILLED,
        "Job %s%s has ended without a word (state %s, reason %s, exit code %s)."
            .formatted(job, at, known(seen.state()), known(seen.reason()), known(seen.exitCode())),
        "See \"scontrol show job "
            + job
            + "\", what Slurm's log there says, and whether the nodes"
            + " see the pipeline's folder as it is here.");
  }

  private static String known(String text) {
    return text.isEmpty() ? "unknown" : text;
  }

  private static LostJob lost(int status, String what, String remedy) {
    return new LostJob(status, new Failure(Failure.Kind.FAILED, what, remedy));
  }
}
