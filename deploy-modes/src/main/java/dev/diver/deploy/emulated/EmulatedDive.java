package dev.diver.deploy.emulated;

import dev.diver.deploy.DiveConsole;
import dev.diver.deploy.DivePlan;
import dev.diver.deploy.DiveReport;
import dev.diver.deploy.DiveRequest;
import dev.diver.deploy.Outcome;
import dev.diver.deploy.Outcome.Reason;
import dev.diver.deploy.RunningDive;
import dev.diver.deploy.machine.Step;
import dev.diver.deploy.run.ProcessIdentity;
import dev.diver.deploy.run.RunFolder;
import dev.diver.deploy.run.RunState;
import dev.diver.deploy.run.Runs;
import dev.diver.deploy.vm.InputRelay;
import dev.diver.deploy.vm.Leash;
import dev.diver.deploy.vm.OutputRelay;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/**
 * A program that runs, or has run, under the interposer. One thread starts it and lives as long as
 * it does, since the program dies with that thread ({@link Leash}).
 */
final class EmulatedDive implements RunningDive {

  private static final Duration GRACE = Duration.ofSeconds(2);
  private static final long POLL_MILLIS = 50;

  /** As shells and Java code death by a signal. */
  private static final int SIGNAL_BASE = 128;

  private static final int NOT_STARTED = 125;

  private final DivePlan plan;
  private final RunFolder run;
  private final RunState state;
  private final DiveConsole console;
  private final Thread hook = new Thread(() -> finish(Reason.INTERRUPTED), "diver-interrupted");
  private final Thread supervisor;
  private final CompletableFuture<Process> started = new CompletableFuture<>();
  private final CompletableFuture<DiveReport> ended = new CompletableFuture<>();
  private final AtomicReference<Outcome> cause = new AtomicReference<>();

  private EmulatedDive(DivePlan plan, RunFolder run, DiveConsole console) {
    this.plan = plan;
    this.run = run;
    this.console = console;
    this.state = state(plan);
    this.supervisor =
        Thread.ofPlatform().daemon().name("dive-" + plan.name()).unstarted(this::supervise);
  }

  /**
   * Starts it; CONFLICT where the name that was asked for is taken.
   *
   * @param replan makes the plan anew where the name that was found is taken
   */
  static EmulatedDive launch(
      DivePlan plan, DiveConsole console, Function<DiveRequest, DivePlan> replan) {
    DivePlan next = plan;
    while (true) {
      try {
        return launch(next, console);
      } catch (DiverException e) {
        if (e.failure().kind() != Failure.Kind.CONFLICT || plan.request().name().isPresent()) {
          throw e;
        }
        next = replan.apply(plan.request());
      }
    }
  }

  private static EmulatedDive launch(DivePlan plan, DiveConsole console) {
    Runs runs = new Runs(plan.request().runs());
    try {
      EmulatedDive dive = new EmulatedDive(plan, runs.create(plan.name()), console);
      try {
        dive.start();
      } catch (IOException | RuntimeException e) {
        dive.run.delete();
        throw e;
      }
      runs.clean();
      return dive;
    } catch (IOException e) {
      throw IoFailure.of("start the dive in", plan.folder(), e);
    }
  }

  private void start() throws IOException {
    run.write(state);
    for (Step step : plan.steps()) {
      step.carryOut();
    }
    Runtime.getRuntime().addShutdownHook(hook);
    supervisor.start();
    try {
      started.get();
    } catch (ExecutionException e) {
      Runtime.getRuntime().removeShutdownHook(hook);
      throw new IOException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  @Override
  public DivePlan plan() {
    return plan;
  }

  @Override
  public DiveReport await() throws InterruptedException {
    try {
      return ended.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof DiverException failure
          ? failure
          : new IllegalStateException(e.getCause());
    }
  }

  @Override
  public void stop(Duration grace) {
    end(new Outcome.Stopped(Reason.REQUESTED), grace);
  }

  @Override
  public void close() {
    finish(Reason.REQUESTED);
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // the hook does the same just now
    }
  }

  /** Who comes second waits: the process ends with the hook, and nothing may be left by then. */
  private synchronized void finish(Reason reason) {
    cause.compareAndSet(null, new Outcome.Stopped(reason));
    if (started.isDone() && !started.isCompletedExceptionally()) {
      kill(started.join());
    }
    try {
      supervisor.join(GRACE);
      if (!plan.request().detached()) {
        run.delete();
      }
    } catch (IOException e) {
      // the next command's cleaning finds it
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Asks the program to end, and ends it by force after {@code grace}; the first cause counts. */
  private void end(Outcome why, Duration grace) {
    if (cause.compareAndSet(null, why)) {
      Thread.ofPlatform().daemon().name("stop").start(() -> end(started.join(), grace));
    }
  }

  private static void end(Process process, Duration grace) {
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

  private static void kill(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  private void supervise() {
    try {
      long begin = System.nanoTime();
      Process process = builder().start();
      Files.writeString(run.pidFile(), Long.toString(process.pid()));
      started.complete(process);
      List<OutputRelay> relays = console.ofProcess() ? List.of() : relays(process);
      watch(process, begin);
      Duration wall = Duration.ofNanos(System.nanoTime() - begin);
      for (OutputRelay relay : relays) {
        relay.join();
      }
      DiveReport report = report(process, wall);
      Files.write(run.dive(), report.toJson());
      run.write(state.ended(report.outcome().summary()));
      ended.complete(report);
    } catch (IOException | InterruptedException | RuntimeException e) {
      failed(e);
    }
  }

  private ProcessBuilder builder() {
    DiveRequest request = plan.request();
    ProcessBuilder builder =
        new ProcessBuilder(Leash.on(request.host(), plan.command().words()))
            .directory(request.emulation().orElseThrow().directory().toFile());
    Map<String, String> environment = builder.environment();
    environment.clear();
    environment.putAll(request.host().environment());
    environment.putAll(request.env());
    if (console.ofProcess()) {
      builder.redirectInput(Redirect.INHERIT);
      builder.redirectOutput(Redirect.INHERIT).redirectError(Redirect.INHERIT);
    }
    return builder;
  }

  private List<OutputRelay> relays(Process process) {
    InputRelay.start(
        console.in(), process.getOutputStream(), new CountDownLatch(0), InputRelay.End.CLOSE);
    return List.of(
        new OutputRelay("stdout", process.getInputStream(), sink(console.out()), this::readerGone),
        new OutputRelay("stderr", process.getErrorStream(), sink(console.err()), this::readerGone));
  }

  private static OutputRelay.Sink sink(OutputStream out) {
    return (buffer, length) -> {
      out.write(buffer, 0, length);
      out.flush();
    };
  }

  private void readerGone() {
    end(new Outcome.Stopped(Reason.READER_GONE), GRACE);
  }

  private void watch(Process process, long begin) throws InterruptedException {
    Duration timeout = plan.request().timeout();
    while (!process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
      if (!timeout.isZero() && System.nanoTime() - begin >= timeout.toNanos()) {
        end(new Outcome.TimedOut(timeout, Optional.empty()), GRACE);
      }
      if (Files.exists(run.stopRequest())) {
        end(new Outcome.Stopped(Reason.REQUESTED), GRACE);
      }
    }
  }

  private DiveReport report(Process process, Duration wall) throws IOException {
    InterposerReport told = InterposerReport.read(run.report(), process.pid());
    Outcome outcome =
        Optional.ofNullable(cause.get())
            .or(told::outcome)
            .orElseGet(() -> untold(process.exitValue(), told));
    return new DiveReport(
        plan.name(),
        plan.mode(),
        plan.request().kernel(),
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

  private void failed(Exception e) {
    started.completeExceptionally(e);
    if (!started.isCompletedExceptionally()) {
      kill(started.join());
    }
    DiverException failure =
        e instanceof DiverException known
            ? known
            : new Failure(
                    Failure.Kind.FAILED,
                    "The dive " + plan.name() + " could not be watched: " + e.getMessage() + ".",
                    "Make room in " + run.path().getParent() + " and dive again.")
                .exception(e);
    try {
      run.write(state.ended("failed: " + failure.failure().what()));
    } catch (IOException unwritten) {
      failure.addSuppressed(unwritten);
    }
    ended.completeExceptionally(failure);
  }

  private static RunState state(DivePlan plan) {
    DiveRequest request = plan.request();
    return new RunState(
        plan.name(),
        plan.mode(),
        request.kernel(),
        request.app().map(Path::toString),
        Instant.now(),
        request.detached(),
        ProcessIdentity.current(),
        Optional.empty());
  }
}
