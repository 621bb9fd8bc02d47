package dev.diver.deploy.vm;

import dev.diver.deploy.DiveConsole;
import dev.diver.deploy.DivePlan;
import dev.diver.deploy.DiveReport;
import dev.diver.deploy.DiveRequest;
import dev.diver.deploy.Outcome;
import dev.diver.deploy.Outcome.Reason;
import dev.diver.deploy.machine.Placement;
import dev.diver.deploy.machine.Qmp;
import dev.diver.deploy.run.RunFolder;
import dev.diver.deploy.run.Runs;
import dev.diver.deploy.stream.StreamEnd;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.spec.KernelSpec.Console;
import dev.diver.kernels.spec.KernelSpec.ExitConvention;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** A machine that runs, or has run, a dive, and the processes beside it. */
public final class Vm extends SupervisedDive {

  /** More than this in the console log or the report ends the dive, in bytes. */
  private static final long LOG_LIMIT = 64L << 20;

  private static final Duration DRAIN_AFTER_KILL = Duration.ofSeconds(2);

  /** How long what belongs together may outlive each other. */
  private static final Duration COMPANION_GRACE = Duration.ofMillis(900);

  private static final long POLL_MILLIS_BOOTING = 2;
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final long POLL_MILLIS = 100;

  private final Control control;
  private final Consoles consoles;
  private final Streams streams;
  private final Companions companions;
  private Optional<String> lost = Optional.empty();
  private volatile MachineEnd machineEnd = new MachineEnd.Silent();
  private boolean ending;

  private Vm(DivePlan plan, RunFolder run, DiveConsole console) {
    super(plan, run, console);
    this.control = new Control(run.qmp(), begins(plan), this::place);
    this.consoles = new Consoles(plan.request().spec(), run);
    this.streams =
        new Streams(
            plan,
            console,
            consoles.output(),
            control,
            () -> end(new Outcome.Stopped(Reason.READER_GONE), GRACE));
    this.companions = new Companions(plan, run, console);
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
    return launch(plan, replan, (made, run) -> new Vm(made, run, console));
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

  /** How the machine ended, whatever that means for its app; known once {@link #await} returns. */
  public MachineEnd machineEnd() {
    return machineEnd;
  }

  @Override
  protected DiveReport carryOut() throws IOException, InterruptedException {
    List<StreamEnd> ends = StreamEnd.of(plan().request().overrides().streams());
    try {
      long begin = System.nanoTime();
      companions.start();
      ProcessBuilder machine =
          new ProcessBuilder(Leash.on(plan().request().host(), words(plan())))
              .directory(run().path().toFile());
      streams.wire(machine);
      Process process = machine.start();
      if (!plan().hasMachine()) { // which writes that itself
        up(process);
      }
      started(process);
      control.connect();
      streams.start(process, companions.owner());
      Optional<Duration> appStart = watch(process, begin);
      Duration wall = Duration.ofNanos(System.nanoTime() - begin);
      companions.end(COMPANION_GRACE);
      drain();
      control.join();
      Verdict verdict = new Verdict(plan(), run(), streams, consoles, control, lost, cause());
      machineEnd = verdict.end(process.exitValue());
      return verdict.report(process.exitValue(), wall, appStart);
    } finally {
      companions.kill();
      control.close();
      forgetMemory();
      ends.forEach(StreamEnd::close);
    }
  }

  @Override
  protected void end(Process process, Duration grace) {
    control.end(process, grace);
  }

  @Override
  protected void kill(Process process) {
    process.destroyForcibly();
  }

  @Override
  protected void killCompanions() {
    companions.kill();
  }

  @Override
  protected Duration leavingGrace() {
    return DRAIN_AFTER_KILL.plusSeconds(1);
  }

  /** A detached dive's folder stays, but never what its machine had for memory. */
  private void forgetMemory() {
    try {
      run().forgetMemory();
    } catch (IOException e) {
      // it goes with the folder
    }
  }

  /** Gives what polls for each other a core of the host each, where there are enough. */
  private void place(Qmp machine) {
    if (plan().request().delegation().isEmpty()) {
      return;
    }
    try {
      Placement.place(plan().request().host(), machine.coreThreads(), companions.polling());
    } catch (IOException e) {
      // it has ended already, or stays where Linux puts it
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void drain() throws InterruptedException {
    if (cause().isEmpty()) {
      streams.join();
    } else {
      streams.join(DRAIN_AFTER_KILL);
    }
  }

  /** Waits for the machine's end; when the app started, as far as it was seen. */
  private Optional<Duration> watch(Process process, long begin)
      throws IOException, InterruptedException {
    AppStart appStart = new AppStart(plan().request().spec(), run(), consoles);
    Silence silence = new Silence(plan().request(), consoles, control, run().path().resolve("end"));
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
        run().forgetMemory(); // all that need it have it open
      }
      if (!over && control.lost() && !process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
        throw mute();
      }
      if (!over && !ending && companions.anyEnded()) {
        ending = true;
        lost = companions.failure();
        Duration grace = lost.isPresent() ? Duration.ZERO : COMPANION_GRACE;
        Thread.ofPlatform().daemon().name("orphaned").start(() -> endOrphaned(process, grace));
      }
      if (!over && !ending && !plan().request().debug() && lastWord.said(age)) {
        ending = true;
        Thread.ofPlatform().daemon().name("told").start(() -> control.end(process, GRACE));
      }
      if (!over && seen.isEmpty() && cause().isEmpty() && silence.over(age)) {
        end(silence.explain(), GRACE);
      }
      if (!over && cause().isEmpty() && isTimedOut(age)) {
        Optional<Outcome.NeverCameUp> beforeUp =
            seen.isEmpty() && plan().hasMachine()
                ? Optional.of(silence.explainTimeout())
                : Optional.empty();
        end(new Outcome.TimedOut(plan().request().timeout(), beforeUp), GRACE);
      }
      limits();
    }
    return seen;
  }

  /** A machine that is held must be told to run(). */
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
    Duration timeout = plan().request().timeout();
    return !timeout.isZero() && age.compareTo(timeout) >= 0;
  }

  private void limits() {
    if (run().stopRequest().toFile().exists()) {
      end(new Outcome.Stopped(Reason.REQUESTED), GRACE);
    }
    if (length(run().console()) > LOG_LIMIT || length(run().report()) > LOG_LIMIT) {
      end(new Outcome.Stopped(Reason.LOG_LIMIT), GRACE);
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
}
