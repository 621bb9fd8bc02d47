package dev.diver.deploy.emulated;

import dev.diver.deploy.DiveConsole;
import dev.diver.deploy.DivePlan;
import dev.diver.deploy.DiveReport;
import dev.diver.deploy.DiveRequest;
import dev.diver.deploy.Outcome;
import dev.diver.deploy.run.RunFolder;
import dev.diver.deploy.vm.Leash;
import dev.diver.deploy.vm.OutputRelay;
import dev.diver.deploy.vm.SupervisedDive;
import dev.diver.kernels.failure.Failure;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** A program that runs, or has run, under the interposer. */
final class EmulatedDive extends SupervisedDive {

  /** As shells and Java code death by a signal. */
  private static final int SIGNAL_BASE = 128;

  private static final int NOT_STARTED = 125;

  private EmulatedDive(DivePlan plan, RunFolder run, DiveConsole console) {
    super(plan, run, console);
  }

  /**
   * Starts it; CONFLICT where the name that was asked for is taken.
   *
   * @param replan makes the plan anew where the name that was found is taken
   */
  static EmulatedDive launch(
      DivePlan plan, DiveConsole console, Function<DiveRequest, DivePlan> replan) {
    return launch(plan, replan, (made, run) -> new EmulatedDive(made, run, console));
  }

  @Override
  protected DiveReport carryOut() throws IOException, InterruptedException {
    long begin = System.nanoTime();
    Process process = builder().start();
    up(process);
    started(process);
    List<OutputRelay> relays = relays(process);
    watch(process, begin, () -> {});
    Duration wall = Duration.ofNanos(System.nanoTime() - begin);
    for (OutputRelay relay : relays) {
      relay.join();
    }
    return report(process, wall);
  }

  @Override
  protected void end(Process process, Duration grace) {
    List<ProcessHandle> children = process.descendants().toList();
    process.destroy();
    try {
      process.waitFor(grace.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      children.forEach(ProcessHandle::destroyForcibly);
      kill(process);
    }
  }

  @Override
  protected void kill(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  private ProcessBuilder builder() {
    DiveRequest request = plan().request();
    ProcessBuilder builder =
        new ProcessBuilder(Leash.on(request.host(), plan().command().words()))
            .directory(request.emulation().orElseThrow().directory().toFile());
    Map<String, String> environment = builder.environment();
    environment.clear();
    environment.putAll(request.host().environment());
    environment.putAll(request.env());
    wire(builder);
    return builder;
  }

  private DiveReport report(Process process, Duration wall) throws IOException {
    InterposerReport told = InterposerReport.read(run().report(), process.pid());
    Outcome outcome = cause().or(told::outcome).orElseGet(() -> untold(process.exitValue(), told));
    return new DiveReport(
        plan().name(),
        plan().mode(),
        plan().request().kernel(),
        outcome,
        wall,
        Optional.empty(),
        Optional.empty(),
        Optional.of(told.lifetime()),
        told.calls(),
        Optional.empty(),
        Optional.empty(),
        told.emulation());
  }

  /** By the status alone: SIGKILL leaves no time to say more, and a setuid program says nothing. */
  private static Outcome untold(int status, InterposerReport told) {
    if (status == NOT_STARTED && !told.started()) {
      throw new Failure(
              Failure.Kind.FAILED,
              "The interposer did not start the program; above it says why.",
              "See what this machine lacks with: diver doctor")
          .exception();
    }
    return status > SIGNAL_BASE && status <= SIGNAL_BASE + 64
        ? InterposerReport.killed(status - SIGNAL_BASE)
        : new Outcome.Exited(status);
  }
}
