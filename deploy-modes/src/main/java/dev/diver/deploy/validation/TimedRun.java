package dev.diver.deploy.validation;

import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Runs a command on this machine from its start to its end, with nobody reading its output. */
final class TimedRun {

  /** No benchmark takes longer on any machine. */
  private static final Duration DEADLINE = Duration.ofMinutes(5);

  /** How much of what a failed program said is shown. */
  private static final int MOST_SAID = 300;

  private TimedRun() {}

  /**
   * How long the command took.
   *
   * @param name of the benchmark, for messages
   * @param stdin empty: there is none
   * @throws dev.diver.kernels.failure.DiverException FAILED where it does not end with status 0
   */
  static Duration of(String name, List<String> command, Path folder, Optional<Path> stdin)
      throws InterruptedException {
    try {
      Path errors = Files.createTempFile(folder, name, ".err");
      try {
        ProcessBuilder builder =
            new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectInput(stdin.orElse(Path.of("/dev/null")).toFile())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(errors.toFile());
        builder.environment().put("LC_ALL", "C");
        builder.environment().put("OMP_NUM_THREADS", "1"); // the model knows one thread
        long start = System.nanoTime();
        Optional<Integer> status = await(builder.start());
        long nanos = System.nanoTime() - start;
        if (!status.equals(Optional.of(0))) {
          throw failed(name, command, status, Files.readString(errors).strip());
        }
        return Duration.ofNanos(nanos);
      } finally {
        Files.deleteIfExists(errors);
      }
    } catch (IOException e) {
      throw IoFailure.of("run", Path.of(command.getFirst()), e);
    }
  }

  private static Optional<Integer> await(Process process) throws InterruptedException {
    try {
      return process.waitFor(DEADLINE.toSeconds(), TimeUnit.SECONDS)
          ? Optional.of(process.exitValue())
          : Optional.empty();
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
  }

  private static RuntimeException failed(
      String name, List<String> command, Optional<Integer> status, String said) {
    String how =
        status
            .map(s -> "ended with status " + s)
            .orElse("did not end in " + DEADLINE.toMinutes() + " minutes");
    return new Failure(
            Failure.Kind.FAILED,
            "The benchmark "
                + name
                + " "
                + how
                + (said.isEmpty() ? "." : ", having said \"" + head(said) + "\"."),
            "Try it by itself: " + String.join(" ", command) + ".")
        .exception();
  }

  static String head(String said) {
    return said.length() <= MOST_SAID ? said : said.substring(0, MOST_SAID) + "…";
  }
}
