package dev.diver.deploy.run;

import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Dives that go on when the command that started them has ended. There is no daemon: the command
 * starts itself again in a session of its own, and that process answers for the dive.
 */
public final class Detached {

  private static final Duration START_DEADLINE = Duration.ofSeconds(60);
  private static final int MAX_MESSAGE = 16 * 1024;

  /** The supervisor's status where Diver has failed, and not the app. */
  private static final int FAILED = 125;

  /** How Diver says a failure, after what it said before. */
  private static final Pattern FAILURE = Pattern.compile("(?ms)^error: (.*)\\nhelp: (.*)\\z");

  private Detached() {}

  /**
   * Starts the supervisor and waits until the dive of this name runs, or has already ended.
   *
   * @param supervisor the command that launches the dive under this name, with {@link #output} and
   *     {@link #errors} as its app's streams
   * @throws dev.diver.kernels.failure.DiverException FAILED with what the supervisor wrote to its
   *     standard error where it ends before the dive runs
   */
  public static RunState start(List<String> supervisor, Runs runs, String name)
      throws InterruptedException {
    RunFolder run = runs.named(name);
    try {
      Files.createDirectories(runs.folder());
      Path log = Files.createTempFile(runs.folder(), ".supervisor", ".log");
      try {
        return started(spawn(supervisor, log), run, log);
      } finally {
        Files.deleteIfExists(log);
      }
    } catch (IOException e) {
      throw IoFailure.of("start a detached dive in", runs.folder(), e);
    }
  }

  /** Where a detached app's standard output goes. */
  public static OutputStream output(RunFolder run) {
    return new LateFile(run.stdout());
  }

  /** Where a detached app's standard error goes. */
  public static OutputStream errors(RunFolder run) {
    return new LateFile(run.stderr());
  }

  /** What a detached app reads: nothing. */
  public static InputStream input() {
    return InputStream.nullInputStream();
  }

  private static Process spawn(List<String> supervisor, Path log) throws IOException {
    List<String> command = new ArrayList<>(List.of("setsid"));
    command.addAll(supervisor);
    return new ProcessBuilder(command)
        .redirectInput(Path.of("/dev/null").toFile())
        .redirectOutput(Path.of("/dev/null").toFile())
        .redirectError(log.toFile())
        .start();
  }

  private static RunState started(Process supervisor, RunFolder run, Path log)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + START_DEADLINE.toNanos();
    while (System.nanoTime() < deadline) {
      boolean over = supervisor.waitFor(10, TimeUnit.MILLISECONDS);
      Optional<RunState> state = run.state().filter(s -> s.supervisor().pid() == supervisor.pid());
      boolean machineUp = run.pidFile().toFile().length() > 0; // QEMU makes it, then writes it
      boolean hasFailed = over && supervisor.exitValue() == FAILED;
      if (state.isPresent() && (machineUp || (over && !hasFailed))) {
        return state.get();
      }
      if (over) {
        throw failed(message(log));
      }
    }
    supervisor.destroy();
    throw failed("It did not start within " + START_DEADLINE.toSeconds() + " seconds.");
  }

  private static String message(Path log) throws IOException {
    try (InputStream in = Files.newInputStream(log)) {
      return new String(in.readNBytes(MAX_MESSAGE), StandardCharsets.UTF_8).strip();
    }
  }

  private static RuntimeException failed(String what) {
    Matcher said = FAILURE.matcher(what);
    if (said.find()) {
      return new Failure(Failure.Kind.FAILED, said.group(1), said.group(2)).exception();
    }
    return new Failure(
            Failure.Kind.FAILED,
            what.isEmpty() ? "The detached dive ended before its machine ran." : what,
            "Dive without -d to see more.")
        .exception();
  }
}
