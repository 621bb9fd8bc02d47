package dev.diver.deploy.slurm;

import dev.diver.deploy.machine.Host;
import dev.diver.deploy.node.Answer;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Slurm as its users reach it: by its commands, with the configuration and the defaults ({@code
 * SBATCH_PARTITION}, {@code SBATCH_ACCOUNT}, …) of their environment. Written for 22.05.
 */
final class Slurm {

  private static final List<String> COMMANDS =
      List.of("sbatch", "squeue", "scancel", "scontrol", "sinfo", "setsid");

  /** Longer than Slurm's commands try to reach a controller. */
  private static final Duration LONGEST = Duration.ofSeconds(100);

  /** More in one command line would be too long for some systems. */
  private static final int MOST_AT_ONCE = 500;

  private static final int USUAL_ARRAY = 1001; // slurm.conf(5), MaxArraySize

  /** What a node has: CPUs, and memory in bytes. */
  record Node(String name, int cpus, long memory) {}

  private final Host host;

  private Slurm(Host host) {
    this.host = host;
  }

  /** The cluster that this machine's commands reach. */
  static Slurm of(Host host) {
    for (String command : COMMANDS) {
      if (host.program(command).isEmpty()) {
        throw new Failure(
                Failure.Kind.MISSING,
                "There is no " + command + " on PATH, which hands a pipeline to Slurm.",
                "Run it where jobs are submitted, often after \"module load slurm\"; Debian has it"
                    + " in: sudo apt-get install -y slurm-client util-linux")
            .exception();
      }
    }
    return new Slurm(host);
  }

  /** The nodes that a job may run on: those of the partition that is asked for, or usual. */
  List<Node> nodes() throws InterruptedException {
    String asked = host.environment().getOrDefault("SBATCH_PARTITION", "");
    Answer answer = ask(List.of("sinfo", "--noheader", "--Node", "--format=%N|%c|%m|%P"));
    List<Node> nodes = new ArrayList<>();
    for (String line : answer.text().lines().toList()) {
      String[] fields = line.strip().split("\\|", -1);
      boolean may =
          fields.length == 4
              && (asked.isEmpty()
                  ? fields[3].endsWith("*")
                  : List.of(asked.split(",", -1)).contains(fields[3].replace("*", "")));
      if (may) {
        nodes.add(new Node(fields[0], (int) number(fields[1]), number(fields[2]) << 20));
      }
    }
    return nodes;
  }

  /** What Slurm writes as a number; a plus at its end means nodes that have more. */
  private static long number(String text) {
    String digits = text.replaceAll("\\D", "");
    return digits.isEmpty() ? 0 : Long.parseLong(digits);
  }

  /** Up to which number, not included, the jobs of an array count. */
  int longestArray() throws InterruptedException {
    Matcher matcher =
        Pattern.compile("MaxArraySize\\s*=\\s*(\\d+)")
            .matcher(ask(List.of("scontrol", "show", "config")).text());
    return matcher.find() ? Integer.parseInt(matcher.group(1)) : USUAL_ARRAY;
  }

  /**
   * Submits a script.
   *
   * @param environment that the job gets
   * @return the job's number
   */
  String submit(List<String> options, Path script, Map<String, String> environment)
      throws InterruptedException {
    List<String> words = new ArrayList<>(List.of("sbatch", "--parsable"));
    words.addAll(options);
    words.add(script.toString());
    Answer answer = run(words, environment);
    if (!answer.isGood()) {
      throw refused(words, answer);
    }
    return answer.text().strip().split(";", -1)[0];
  }

  void release(List<String> jobs) throws InterruptedException {
    for (List<String> part : inParts(jobs)) {
      ask(List.of("scontrol", "release", String.join(",", part)));
    }
  }

  /** Cancels jobs; those that are over already are no reason to complain. */
  void cancel(List<String> jobs) throws InterruptedException {
    for (List<String> part : inParts(jobs)) {
      List<String> words = new ArrayList<>(List.of("scancel", "--quiet"));
      words.addAll(part);
      run(words, host.environment());
    }
  }

  private static List<List<String>> inParts(List<String> jobs) {
    List<List<String>> parts = new ArrayList<>();
    for (int from = 0; from < jobs.size(); from += MOST_AT_ONCE) {
      parts.add(jobs.subList(from, Math.min(jobs.size(), from + MOST_AT_ONCE)));
    }
    return parts;
  }

  /** The jobs with this comment that are not over, members of arrays on their own. */
  List<String> living(String comment) throws InterruptedException {
    Answer answer = ask(List.of("squeue", "--me", "--array", "--noheader", "--format=%F|%K|%T|%k"));
    return answer
        .text()
        .lines()
        .map(line -> line.strip().split("\\|", 4))
        .filter(fields -> fields.length == 4 && fields[3].equals(comment))
        .map(fields -> SeenJob.name(fields[0], fields[1]))
        .toList();
  }

  /**
   * All jobs of the user that Slurm still knows, members of arrays as in {@code 12_3}; empty where
   * the controller does not answer.
   */
  Optional<Map<String, SeenJob>> queue() throws InterruptedException {
    Answer answer =
        run(
            List.of(
                "squeue",
                "--me",
                "--states=all",
                "--array",
                "--noheader",
                "--format=" + SeenJob.FORMAT),
            host.environment());
    if (!answer.isGood()) {
      return Optional.empty();
    }
    Map<String, SeenJob> seen = new HashMap<>();
    answer.text().lines().forEach(line -> SeenJob.parse(line, seen));
    return Optional.of(seen);
  }

  /** What Slurm knows of one job, if it still does. */
  Optional<SeenJob> show(String job) throws InterruptedException {
    Answer answer = run(List.of("scontrol", "show", "job", "--oneliner", job), host.environment());
    return answer.isGood() ? SeenJob.shown(answer.text()) : Optional.empty();
  }

  private Answer ask(List<String> words) throws InterruptedException {
    Answer answer = run(words, host.environment());
    if (!answer.isGood()) {
      throw refused(words, answer);
    }
    return answer;
  }

  /** In a session of its own, so that Ctrl-C does not end it half-way. */
  private static Answer run(List<String> words, Map<String, String> environment)
      throws InterruptedException {
    List<String> all = new ArrayList<>(List.of("setsid", "--wait"));
    all.addAll(words);
    try {
      return Answer.of(all, environment, LONGEST);
    } catch (IOException e) {
      throw IoFailure.of("run", Path.of(words.getFirst()), e);
    }
  }

  private static DiverException refused(List<String> words, Answer answer) {
    String said =
        answer
            .errors()
            .lines()
            .map(line -> line.replaceFirst("^\\w+: (error|fatal): ", "").strip())
            .filter(line -> !line.isEmpty())
            .reduce((first, last) -> first.equals(last) ? first : first + "; " + last)
            .orElseGet(
                () ->
                    answer
                        .status()
                        .map(status -> "status " + status)
                        .orElse("not within " + LONGEST.toSeconds() + " s"));
    boolean silent =
        answer.status().isEmpty()
            || said.contains("Unable to contact slurm controller")
            || said.contains("configuration source")
            || said.contains("Unable to process configuration");
    return silent
        ? new Failure(
                Failure.Kind.UNAVAILABLE,
                "Slurm's controller does not answer: " + said + ".",
                "See \"scontrol ping\"; SLURM_CONF names the configuration of a cluster that is not"
                    + " this machine's own.")
            .exception()
        : new Failure(
                Failure.Kind.FAILED,
                "Slurm refuses \"%s\": %s.".formatted(words.getFirst(), said),
                "Mend what it names; SBATCH_PARTITION, SBATCH_ACCOUNT and SBATCH_QOS say where your"
                    + " jobs go.")
            .exception();
  }
}
