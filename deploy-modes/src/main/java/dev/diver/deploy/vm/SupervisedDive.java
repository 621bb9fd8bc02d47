package dev.diver.deploy.vm;

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
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/**
 * A dive that is one process of this machine, whatever that process stands for, and what it has
 * beside it. One thread starts it and lives as long as it does, since the process dies with that
 * thread ({@link Leash}). What a mode adds is how it is made, ended and judged.
 */
@SuppressWarnings("this-escape") // its threads begin when it is made
public abstract class SupervisedDive implements RunningDive {

  /** How long a process that was asked to end is waited for. */
  protected static final Duration GRACE = Duration.ofSeconds(2);

  private static final long POLL_MILLIS = 50;

  private final DivePlan plan;
  private final RunFolder run;
  private final RunState state;
  private final DiveConsole console;
  private final Thread hook = new Thread(() -> finish(Reason.INTERRUPTED), "diver-interrupted");
  private final Thread supervisor;
  private final CompletableFuture<Process> started = new CompletableFuture<>();
  private final CompletableFuture<DiveReport> ended = new CompletableFuture<>();
  private final AtomicReference<Outcome> cause = new AtomicReference<>();

  /** Of a plan whose folder was made. */
  protected SupervisedDive(DivePlan plan, RunFolder run, DiveConsole console) {
    this.plan = plan;
    this.run = run;
    this.console = console;
    this.state = state(plan);
    this.supervisor =
        Thread.ofPlatform().daemon().name("dive-" + plan.name()).unstarted(this::supervise);
  }

  /** Makes a dive of a plan and its folder. */
  protected interface Maker<D extends SupervisedDive> {
    D make(DivePlan plan, RunFolder run);
  }

  /**
   * Starts it; CONFLICT where the name that was asked for is taken.
   *
   * @param replan makes the plan anew where the name that was found is taken
   */
  protected static <D extends SupervisedDive> D launch(
      DivePlan plan, Function<DiveRequest, DivePlan> replan, Maker<D> maker) {
    DivePlan next = plan;
    while (true) {
      try {
        return launch(next, maker);
      } catch (DiverException e) {
        if (e.failure().kind() != Failure.Kind.CONFLICT || plan.request().name().isPresent()) {
          throw e;
        }
        next = replan.apply(plan.request());
      }
    }
  }

  private static <D extends SupervisedDive> D launch(DivePlan plan, Maker<D> maker) {
    Runs runs = new Runs(plan.request().runs());
    try {
      D dive = begun(plan, runs.create(plan.name()), maker);
      runs.clean();
      return dive;
    } catch (IOException e) {
      throw IoFailure.of("start the dive in", plan.folder(), e);
    }
  }

  private static <D extends SupervisedDive> D begun(DivePlan plan, RunFolder run, Maker<D> maker)
      throws IOException {
    try {
      D dive = maker.make(plan, run);
      ((SupervisedDive) dive).begin();
      return dive;
    } catch (IOException | RuntimeException e) {
      run.delete();
      throw e;
    }
  }

  /**
   * On the supervisor's thread: runs it to its end, having said {@link #started}.
   *
   * @throws DiverException where not the net but what carries it failed
   */
  protected abstract DiveReport carryOut() throws IOException, InterruptedException;

  /** Asks the process to end, and ends it by force after {@code grace}; returns when it has. */
  protected abstract void end(Process process, Duration grace);

  /** Ends the process by force. */
  protected abstract void kill(Process process);

  /** Ends by force what the dive has beside its process; there may be no process yet. */
  protected void killCompanions() {}

  /** How long this process's end waits for the dive's. */
  protected Duration leavingGrace() {
    return GRACE;
  }

  /** The dive's folder. */
  protected final RunFolder run() {
    return run;
  }

  /** Why Diver ended it, where it did. */
  protected final Optional<Outcome> cause() {
    return Optional.ofNullable(cause.get());
  }

  /** The process runs. */
  protected final void started(Process process) {
    started.complete(process);
  }

  /** Makes it known that the dive is up: who has started it in the background waits for that. */
  protected final void up(Process process) throws IOException {
    Files.writeString(run.pidFile(), Long.toString(process.pid()));
  }

  /** Whether the process has this one's streams as they are, rather than pipes to here. */
  protected boolean hasStreams() {
    return console.ofProcess();
  }

  /** Gives the process this one's streams where it is to have those. */
  protected final void wire(ProcessBuilder builder) {
    if (hasStreams()) {
      builder.redirectInput(Redirect.INHERIT);
      builder.redirectOutput(Redirect.INHERIT).redirectError(Redirect.INHERIT);
    }
  }

  /** Carries the app's streams where they are not this process's; to be joined at the end. */
  protected final List<OutputRelay> relays(Process process) {
    if (hasStreams()) {
      return List.of();
    }
    InputRelay.start(
        console.in(), process.getOutputStream(), new CountDownLatch(0), InputRelay.End.CLOSE);
    return List.of(
        new OutputRelay(
            "stdout",
            process.getInputStream(),
            OutputRelay.Sink.to(console.out()),
            this::readerGone),
        new OutputRelay(
            "stderr",
            process.getErrorStream(),
            OutputRelay.Sink.to(console.err()),
            this::readerGone));
  }

  private void readerGone() {
    end(new Outcome.Stopped(Reason.READER_GONE), GRACE);
  }

  /**
   * Waits for the process, and ends it where it is time or somebody wants it.
   *
   * @param begin as {@link System#nanoTime} had it
   * @param each is done now and then while it runs
   */
  protected final void watch(Process process, long begin, Runnable each)
      throws InterruptedException {
    while (!process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
      look(begin);
      each.run();
    }
  }

  /** Ends it where it is time or somebody wants it; whether it is being ended. */
  protected final boolean look(long begin) {
    Duration timeout = plan.request().timeout();
    if (!timeout.isZero() && System.nanoTime() - begin >= timeout.toNanos()) {
      end(new Outcome.TimedOut(timeout, Optional.empty()), GRACE);
    }
    if (Files.exists(run.stopRequest())) {
      end(new Outcome.Stopped(Reason.REQUESTED), GRACE);
    }
    return cause.get() != null;
  }

  private void begin() throws IOException {
    run.write(state);
    for (Step step : plan.steps()) {
      step.carryOut();
    }
    Runtime.getRuntime().addShutdownHook(hook);
    supervisor.start();
    try {
      started.join();
    } catch (CompletionException e) {
      Runtime.getRuntime().removeShutdownHook(hook);
      if (e.getCause() instanceof DiverException failure) {
        throw failure;
      }
      throw new IOException(e.getCause());
    }
  }

  @Override
  public final DivePlan plan() {
    return plan;
  }

  @Override
  public final DiveReport await() throws InterruptedException {
    try {
      return ended.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof DiverException failure
          ? failure
          : new IllegalStateException(e.getCause());
    }
  }

  @Override
  public final void stop(Duration grace) {
    end(new Outcome.Stopped(Reason.REQUESTED), grace);
  }

  @Override
  public final void close() {
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
    killCompanions();
    if (started.isDone() && !started.isCompletedExceptionally()) {
      kill(started.join());
    }
    try {
      supervisor.join(leavingGrace());
      if (!plan.request().detached()) {
        run.delete();
      }
    } catch (IOException e) {
      // the next command's cleaning finds it
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends the process in order, by force after {@code grace}; the first cause counts. */
  protected final void end(Outcome why, Duration grace) {
    if (cause.compareAndSet(null, why)) {
      var _ =
          started.thenAccept(
              process ->
                  Thread.ofPlatform().daemon().name("stop").start(() -> end(process, grace)));
    }
  }

  private void supervise() {
    try {
      DiveReport report = carryOut();
      Files.write(run.dive(), report.toJson());
      run.write(state.ended(report.outcome().summary()));
      ended.complete(report);
    } catch (IOException | InterruptedException | RuntimeException e) {
      failed(e);
    }
  }

  private void failed(Exception e) {
    if (started.isDone()) {
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
    started.completeExceptionally(e); // whoever waits for it deletes the folder
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
        request.hardware().flatMap(taken -> taken.node().address()),
        Optional.empty());
  }
}
