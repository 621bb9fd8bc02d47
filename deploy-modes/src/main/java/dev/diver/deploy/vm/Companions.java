package dev.diver.deploy.vm;

import dev.diver.deploy.Companion;
import dev.diver.deploy.DiveConsole;
import dev.diver.deploy.DivePlan;
import dev.diver.deploy.machine.Host;
import dev.diver.deploy.run.RunFolder;
import dev.diver.kernels.failure.Failure;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The processes beside a machine, tied to the thread that starts them ({@link Leash}). */
final class Companions {

  private static final Duration START_DEADLINE = Duration.ofSeconds(10);
  private static final long POLL_MILLIS = 1;
  private static final int QUOTED = 1000;

  /** One that was started. */
  private record Started(Companion companion, Process process) {}

  private final DivePlan plan;
  private final RunFolder run;
  private final DiveConsole console;
  private final List<Started> all = new ArrayList<>();
  private volatile boolean over;

  Companions(DivePlan plan, RunFolder run, DiveConsole console) {
    this.plan = plan;
    this.run = run;
    this.console = console;
  }

  /** Starts them in turn, each when the one before is ready; FAILED where one does not come up. */
  void start() throws IOException, InterruptedException {
    for (Companion companion : plan.companions()) {
      Process process = start(companion, plan.request().host());
      add(new Started(companion, process));
      awaitSocket(companion, process);
    }
  }

  /** The process that has the app's standard streams as pipes, if one has. */
  Optional<Process> owner() {
    return snapshot().stream()
        .filter(started -> started.companion().ownsStreams() && !console.ofProcess())
        .map(Started::process)
        .findFirst();
  }

  /** Whether one has ended that should not have: it failed, or it was killed. */
  Optional<String> failure() {
    return snapshot().stream()
        .filter(started -> !started.process().isAlive() && started.process().exitValue() != 0)
        .map(this::describe)
        .findFirst();
  }

  /** The process numbers of those that poll shared memory. */
  List<Long> polling() {
    return snapshot().stream()
        .filter(started -> started.companion().ownsStreams())
        .map(started -> started.process().pid())
        .toList();
  }

  /** Whether one has ended, well or not. */
  boolean anyEnded() {
    return snapshot().stream().anyMatch(started -> !started.process().isAlive());
  }

  /** Waits for their end, and ends by force those that still run after {@code grace}. */
  void end(Duration grace) throws InterruptedException {
    long deadline = System.nanoTime() + grace.toNanos();
    try {
      for (Started started : snapshot()) {
        long left = Math.max(0, deadline - System.nanoTime());
        started.process().waitFor(left, TimeUnit.NANOSECONDS);
      }
    } finally {
      kill();
    }
  }

  /** Ends them by force, and those that are yet to be started. */
  void kill() {
    over = true;
    snapshot().forEach(started -> started.process().destroyForcibly());
  }

  private Process start(Companion companion, Host host) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(Leash.on(host, companion.command().words()))
            .directory(run.path().toFile());
    if (!companion.ownsStreams()) {
      Path log = run.log(companion.socket().getFileName().toString());
      builder
          .redirectInput(Path.of("/dev/null").toFile())
          .redirectErrorStream(true)
          .redirectOutput(log.toFile());
    } else if (console.ofProcess()) {
      builder.redirectInput(Redirect.INHERIT);
      builder.redirectOutput(Redirect.INHERIT).redirectError(Redirect.INHERIT);
    }
    return builder.start();
  }

  private synchronized void add(Started started) {
    all.add(started);
    if (over) {
      started.process().destroyForcibly();
    }
  }

  private synchronized List<Started> snapshot() {
    return List.copyOf(all);
  }

  private void awaitSocket(Companion companion, Process process)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + START_DEADLINE.toNanos();
    while (!Files.exists(companion.socket())) {
      boolean ended = process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS);
      if (ended || System.nanoTime() > deadline) {
        process.destroyForcibly();
        throw notReady(companion, ended ? Optional.of(process.waitFor()) : Optional.empty());
      }
    }
  }

  private RuntimeException notReady(Companion companion, Optional<Integer> status)
      throws IOException {
    String how =
        status
            .map(Companions::ending)
            .orElse("was not ready within " + START_DEADLINE.toSeconds() + " seconds");
    String said =
        GuestReport.read(run.report()).agentError().orElseGet(() -> logged(companion)).strip();
    return new Failure(
            Failure.Kind.FAILED,
            "The "
                + companion.name()
                + " "
                + how
                + " before the machine was started"
                + (said.isEmpty() ? "." : ": " + said),
            "See what this machine lacks with: diver doctor")
        .exception();
  }

  private String describe(Started ended) {
    String said = logged(ended.companion()).strip();
    return "The "
        + ended.companion().name()
        + " "
        + ending(ended.process().exitValue())
        + " in the middle of the dive"
        + (said.isEmpty() ? "." : ": " + said);
  }

  private String logged(Companion companion) {
    if (companion.ownsStreams()) {
      return "";
    }
    try {
      Path log = run.log(companion.socket().getFileName().toString());
      return Printable.lines(Files.readString(log), QUOTED);
    } catch (IOException e) {
      return "";
    }
  }

  /** As shells code it, which is what Java's Process gives. */
  static String ending(int status) {
    return status > Verdict.SIGNAL_BASE
        ? "was killed by signal " + (status - Verdict.SIGNAL_BASE)
        : "ended with status " + status;
  }
}
