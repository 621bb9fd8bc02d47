package dev.diver.deploy.trace;

import dev.diver.deploy.machine.Host;
import dev.diver.deploy.machine.Namespaces;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * By bpftrace: the kernel itself counts and times at its trace points, beside the program, which is
 * not touched and may be of any kind. It ends by itself when the program has ended, also where this
 * process was killed meanwhile. A call that never returns (exit_group, one that a signal ends for
 * good) is not counted.
 */
final class BpfRecorder implements Recorder {

  private static final String BPFTRACE = "bpftrace";

  /** Runs what follows in a mount namespace of its own, so that nothing stays mounted. */
  static final List<String> WITH_TRACEFS =
      List.of(
          "unshare",
          "--mount",
          "--propagation",
          "private",
          "sh",
          "-c",
          "test -e /sys/kernel/tracing/events || mount -t tracefs none /sys/kernel/tracing;"
              + " exec \"$@\"",
          "sh");

  /** epoll_wait and epoll_pwait: it waits for what its probes tell, so they are there. */
  private static final List<String> WAITING = List.of("232 ", "281 ");

  /** As long as it may take to write what it has, after the program's end. */
  private static final long SECONDS_TO_END = 60;

  @Override
  public String name() {
    return "bpf";
  }

  @Override
  public Recording record(List<String> command, Host host, Path scratch)
      throws InterruptedException {
    Path script = scratch.resolve("calls.bt");
    Path counts = scratch.resolve("counts");
    try (InputStream in =
        Objects.requireNonNull(BpfRecorder.class.getResourceAsStream("calls.bt"))) {
      Files.copy(in, script);
    } catch (IOException e) {
      throw IoFailure.of("write", script, e);
    }
    try (HeldProgram held = HeldProgram.start(command)) {
      String pid = Long.toString(held.pid());
      ProgramRun run =
          watch(
              held,
              List.of("-p", pid, "-f", "json", "-o", counts.toString(), script.toString(), pid),
              scratch.resolve("errors"));
      return BpfCounts.read(counts).recording(command, run);
    }
  }

  @Override
  public Optional<Failure> obstacle(Host host) {
    if (host.program(BPFTRACE).isEmpty()) {
      return Optional.of(
          new Failure(
              Failure.Kind.MISSING,
              "There is no bpftrace on the PATH.",
              "Install it, or take another recorder, as in --with interpose."));
    }
    return Namespaces.isRoot()
        ? Optional.empty()
        : Optional.of(
            new Failure(
                Failure.Kind.MISSING,
                "Only root may run bpftrace.",
                "Become root, or take another recorder, as in --with interpose."));
  }

  /** Runs the program while bpftrace looks on; returns when both have ended. */
  private static ProgramRun watch(HeldProgram held, List<String> arguments, Path errors)
      throws InterruptedException {
    Process tool = start(arguments, errors);
    try {
      HeldProgram.await(tool, "comm", name -> name.strip().equals(BPFTRACE));
      HeldProgram.await(tool, "syscall", call -> WAITING.stream().anyMatch(call::startsWith));
      ProgramRun run = held.run();
      if (!tool.waitFor(SECONDS_TO_END, TimeUnit.SECONDS)) {
        throw failed(errors);
      }
      return run;
    } catch (DiverException e) {
      throw tool.isAlive() ? e : failed(errors);
    } finally {
      tool.destroyForcibly();
    }
  }

  /** In a session of its own: Ctrl-C is the program's. */
  private static Process start(List<String> arguments, Path errors) {
    List<String> words = new ArrayList<>(List.of("setsid"));
    words.addAll(WITH_TRACEFS);
    words.add(BPFTRACE);
    words.addAll(arguments);
    try {
      return new ProcessBuilder(words)
          .redirectErrorStream(true)
          .redirectOutput(errors.toFile())
          .redirectInput(Path.of("/dev/null").toFile())
          .start();
    } catch (IOException e) {
      throw IoFailure.of("run", Path.of(BPFTRACE), e);
    }
  }

  private static DiverException failed(Path errors) {
    String why = "";
    try {
      why =
          Files.readString(errors)
              .lines()
              .filter(line -> line.contains("ERROR"))
              .reduce((first, last) -> last)
              .orElse("");
    } catch (IOException e) {
      // it says less
    }
    return new Failure(
            Failure.Kind.FAILED,
            "bpftrace does not record on this machine: " + why,
            "Take another recorder, as in --with interpose.")
        .exception();
  }
}
