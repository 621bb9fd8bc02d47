package dev.diver.deploy.vm;

import dev.diver.deploy.DiveConsole;
import dev.diver.deploy.DivePlan;
import dev.diver.deploy.DiveReport;
import dev.diver.deploy.DiveRequest;
import dev.diver.deploy.Outcome;
import dev.diver.deploy.Outcome.Reason;
import dev.diver.deploy.RunningDive;
import dev.diver.deploy.machine.Placement;
import dev.diver.deploy.machine.Qmp;
import dev.diver.deploy.machine.Step;
import dev.diver.deploy.run.ProcessIdentity;
import dev.diver.deploy.run.RunFolder;
import dev.diver.deploy.run.RunState;
import dev.diver.deploy.run.Runs;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import dev.diver.kernels.spec.KernelSpec.Console;
import dev.diver.kernels.spec.KernelSpec.ExitConvention;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/**
 * A machine that runs, or has run, a dive. One thread starts it, watches it, and lives as long as
 * it does, since the machine dies with that thread ({@link Leash}).
 */
public final class Vm implements RunningDive {

  /** More than this in the console log or the report ends the dive, in bytes. */
  private static final long LOG_LIMIT = 64L << 20;

  private static final Duration QUIT_GRACE = Duration.ofSeconds(2);
  private static final Duration DRAIN_AFTER_KILL = Duration.ofSeconds(2);

  /** How long what belongs together may outlive each other. */
  private static final Duration COMPANION_GRACE = Duration.ofMillis(900);

  private static final long POLL_MILLIS_BOOTING = 2;
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final long POLL_MILLIS = 100;

  private final DivePlan plan;
  private final RunFolder run;
  private final RunState state;
  private final Thread hook = new Thread(this::interrupted, "diver-interrupted");
  private final Thread supervisor;
  private final CompletableFuture<Process> started = new CompletableFuture<>();
  private final CompletableFuture<DiveReport> ended = new CompletableFuture<>();
  private final AtomicReference<Outcome> cause = new AtomicReference<>();
  private final Control control;
  private final Consoles consoles;
  private final Streams streams;
  private final Companions companions;
  private Optional<String> lost = Optional.empty();
  private volatile MachineEnd machineEnd = new MachineEnd.Silent();
  private boolean ending;

  private Vm(DivePlan plan, RunFolder run, DiveConsole console, List<String> command) {
    this.plan = plan;
    this.run = run;
    this.state = state(plan);
    this.control = new Control(run.qmp(), begins(plan), this::place);
    this.consoles = new Consoles(plan.request().spec(), run);
    this.streams =
        new Streams(
            plan,
            console,
            consoles.output(),
            control,
            () -> end(new Outcome.Stopped(Reason.READER_GONE), QUIT_GRACE));
    this.companions = new Companions(plan, run, console);
    this.supervisor =
        Thread.ofPlatform()
            .daemon()
            .name("dive-" + plan.name())
            .unstarted(() -> supervise(command));
  }

  /** The folder of a dive that is to be, which has the name that was asked for or a free one. */
  public static RunFolder folder(DiveRequest request) {
    Runs runs = new Runs(request.runs());
    Optional<String> app = request.app().map(Path::getFileName).map(Path::toString);
    String stem = app.orElseGet(() -> request.spec().name());
    return runs.named(request.name().orElseGet(() -> runs.freeName(stem)));
  }

  /**
   * Starts the plan's machine; CONFLICT where the name that was asked for is taken.
   *
   * @param replan makes the plan anew where the name that was found is taken
   */
  public static Vm launch(
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

  private static Vm launch(DivePlan plan, DiveConsole console) {
    DiveRequest request = plan.request();
    List<String> command = Leash.on(request.host(), words(plan));
    Runs runs = new Runs(request.runs());
    try {
      Vm vm = new Vm(plan, runs.create(plan.name()), console, command);
      try {
        vm.start();
      } catch (IOException | RuntimeException e) {
        vm.run.delete();
        throw e;
      }
      runs.clean();
      return vm;
    } catch (IOException e) {
      throw IoFailure.of("start the dive in", plan.folder(), e);
    }
  }

  /** A machine that reports needs nobody to hear how it ends. */
  private static Control.Start begins(DivePlan plan) {
    DiveRequest request = plan.request();
    boolean reports =
        !plan.command().has("-qmp") || request.spec().exit().convention() == ExitConvention.REPORT;
    if (request.debug()) {
      return Control.Start.DEBUGGED;
    }
    return reports ? Control.Start.FREE : Control.Start.HELD;
  }

  /**
   * The plan's words; where Diver speaks with the machine, more that people could do nothing with.
   */
  private static List<String> words(DivePlan plan) {
    List<String> words = new ArrayList<>(plan.command().words());
    if (begins(plan) == Control.Start.HELD) {
      words.add("-S");
    }
    if (plan.hasMachine() && plan.request().spec().boot().console() == Console.VGA) {
      words.add(ScreenRelay.STAY);
    }
    return words;
  }

  @Override
  public DivePlan plan() {
    return plan;
  }

  /** How the machine ended, whatever that means for its app; known once {@link #await} returns. */
  public MachineEnd machineEnd() {
    return machineEnd;
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

  private void start() throws IOException {
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

  private void interrupted() {
    finish(Reason.INTERRUPTED);
  }

  /** Who comes second waits: the process ends with the hook, and nothing may be left by then. */
  private synchronized void finish(Reason reason) {
    cause.compareAndSet(null, new Outcome.Stopped(reason));
    companions.kill();
    if (started.isDone() && !started.isCompletedExceptionally()) {
      started.join().destroyForcibly();
    }
    try {
      supervisor.join(DRAIN_AFTER_KILL.plusSeconds(1));
      if (!plan.request().detached()) {
        run.delete();
      }
    } catch (IOException e) {
      // the next command's cleaning finds it
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends the machine in order, by force after {@code grace}; the first cause counts. */
  private void end(Outcome why, Duration grace) {
    if (cause.compareAndSet(null, why)) {
      Thread.ofPlatform().daemon().name("stop").start(() -> control.end(started.join(), grace));
    }
  }

  private void supervise(List<String> command) {
    try {
      long begin = System.nanoTime();
      companions.start();
      ProcessBuilder machine = new ProcessBuilder(command).directory(run.path().toFile());
      streams.wire(machine);
      Process process = machine.start();
      if (!plan.hasMachine()) { // which writes that itself
        Files.writeString(run.pidFile(), Long.toString(process.pid()));
      }
      started.complete(process);
      control.connect();
      streams.start(process, companions.owner());
      Optional<Duration> appStart = watch(process, begin);
      Duration wall = Duration.ofNanos(System.nanoTime() - begin);
      companions.end(COMPANION_GRACE);
      drain();
      control.join();
      Verdict verdict =
          new Verdict(
              plan, run, streams, consoles, control, lost, Optional.ofNullable(cause.get()));
      machineEnd = verdict.end(process.exitValue());
      DiveReport report = verdict.report(process.exitValue(), wall, appStart);
      Files.write(run.dive(), report.toJson());
      run.write(state.ended(report.outcome().summary()));
      ended.complete(report);
    } catch (IOException | InterruptedException | RuntimeException e) {
      failed(e);
    } finally {
      companions.kill();
      control.close();
      forgetMemory();
    }
  }

  /** A detached dive's folder stays, but never what its machine had for memory. */
  private void forgetMemory() {
    try {
      run.forgetMemory();
    } catch (IOException e) {
      // it goes with the folder
    }
  }

  /** Gives what polls for each other a core of the host each, where there are enough. */
  private void place(Qmp machine) {
    if (plan.request().delegation().isEmpty()) {
      return;
    }
    try {
      Placement.place(plan.request().host(), machine.coreThreads(), companions.polling());
    } catch (IOException e) {
      // it has ended already, or stays where Linux puts it
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void failed(Exception e) {
    started.completeExceptionally(e);
    if (started.isDone() && !started.isCompletedExceptionally()) {
      started.join().destroyForcibly();
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

  private void drain() throws InterruptedException {
    if (cause.get() == null) {
      streams.join();
    } else {
      streams.join(DRAIN_AFTER_KILL);
    }
  }

  /** Waits for the machine's end; when the app started, as far as it was seen. */
  private Optional<Duration> watch(Process process, long begin)
      throws IOException, InterruptedException {
    AppStart appStart = new AppStart(plan.request().spec(), run, consoles);
    Silence silence = new Silence(plan.request(), consoles, control, run.path().resolve("end"));
    LastWord lastWord = new LastWord(consoles);
    Optional<Duration> seen = Optional.empty();
    Duration age = Duration.ZERO;
    boolean over = false;
    while (!over) {
      over = process.waitFor(period(seen, age), TimeUnit.MILLISECONDS);
      age = Duration.ofNanos(System.nanoTime() - begin);
      consoles.look();
      if (seen.isEmpty() && appStart.seen()) {
        seen = Optional.of(age);
        streams.appStarted();
        run.forgetMemory(); // all that need it have it open
      }
      if (!over
          && control.lost()
          && !process.waitFor(QUIT_GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
        throw mute();
      }
      if (!over && !ending && companions.anyEnded()) {
        ending = true;
        lost = companions.failure();
        Duration grace = lost.isPresent() ? Duration.ZERO : COMPANION_GRACE;
        Thread.ofPlatform().daemon().name("orphaned").start(() -> endOrphaned(process, grace));
      }
      if (!over && !ending && !plan.request().debug() && lastWord.said(age)) {
        ending = true;
        Thread.ofPlatform().daemon().name("told").start(() -> control.end(process, QUIT_GRACE));
      }
      if (!over && seen.isEmpty() && cause.get() == null && silence.over(age)) {
        end(silence.explain(), QUIT_GRACE);
      }
      if (!over && cause.get() == null && isTimedOut(age)) {
        Optional<Outcome.NeverCameUp> beforeUp =
            seen.isEmpty() && plan.hasMachine()
                ? Optional.of(silence.explainTimeout())
                : Optional.empty();
        end(new Outcome.TimedOut(plan.request().timeout(), beforeUp), QUIT_GRACE);
      }
      limits();
    }
    return seen;
  }

  /** A machine that is held must be told to run. */
  private static RuntimeException mute() {
    return new Failure(
            Failure.Kind.FAILED,
            "QEMU did not answer, so the machine was never started.",
            "Dive again when this host is less busy.")
        .exception();
  }

  private static long period(Optional<Duration> seen, Duration age) {
    return seen.isEmpty() && age.compareTo(SOON) < 0 ? POLL_MILLIS_BOOTING : POLL_MILLIS;
  }

  private boolean isTimedOut(Duration age) {
    Duration timeout = plan.request().timeout();
    return !timeout.isZero() && age.compareTo(timeout) >= 0;
  }

  private void limits() {
    if (run.stopRequest().toFile().exists()) {
      end(new Outcome.Stopped(Reason.REQUESTED), QUIT_GRACE);
    }
    if (length(run.console()) > LOG_LIMIT || length(run.report()) > LOG_LIMIT) {
      end(new Outcome.Stopped(Reason.LOG_LIMIT), QUIT_GRACE);
    }
  }

  /** A machine whose companion has ended well powers itself off; one that was left is ended. */
  private static void endOrphaned(Process machine, Duration grace) {
    try {
      machine.waitFor(grace.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      machine.destroyForcibly();
    }
  }

  private static long length(Path file) {
    return file.toFile().length();
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
        Optional.empty(),
        Optional.empty());
  }
}
