package dev.diver.deploy.hardware;

import dev.diver.deploy.DiveConsole;
import dev.diver.deploy.DivePlan;
import dev.diver.deploy.DiveReport;
import dev.diver.deploy.DiveRequest;
import dev.diver.deploy.Hardware;
import dev.diver.deploy.Hardware.OnDisconnect;
import dev.diver.deploy.Outcome;
import dev.diver.deploy.node.Node;
import dev.diver.deploy.run.RunFolder;
import dev.diver.deploy.vm.Leash;
import dev.diver.deploy.vm.OutputRelay;
import dev.diver.deploy.vm.SupervisedDive;
import dev.diver.deploy.vm.Told;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * A dive on a node. Its process is what carries the app's streams: the agent itself on this
 * machine, ssh elsewhere. A detached dive elsewhere goes on there by itself, and its process here
 * only waits for its end, again and again where the connection breaks.
 */
final class HardwareDive extends SupervisedDive {

  private static final Path NOTHING = Path.of("/dev/null");

  /** Cores come back one by one, a tenth of a second each. */
  private static final Duration LEAVING = Duration.ofSeconds(15);

  private static final Duration BEFORE_NEXT_TRY = Duration.ofSeconds(2);

  private static final int SIGNAL_BASE = 128;

  private final Enclaves enclaves;
  private final Hardware hardware;
  private volatile Optional<Process> latest = Optional.empty();
  private volatile Optional<Failure> deaf = Optional.empty();
  private volatile boolean over;

  private HardwareDive(DivePlan plan, RunFolder run, DiveConsole console) {
    super(plan, run, console);
    this.hardware = plan.request().hardware().orElseThrow();
    this.enclaves = Enclaves.of(node(), plan.request().host());
  }

  static HardwareDive launch(
      DivePlan plan, DiveConsole console, Function<DiveRequest, DivePlan> replan) {
    return launch(plan, replan, (made, run) -> new HardwareDive(made, run, console));
  }

  /** Where ssh says what went wrong with it. */
  static Path log(RunFolder run) {
    return run.log("ssh");
  }

  private Node node() {
    return plan().request().hardware().orElseThrow().node();
  }

  private String name() {
    return plan().name();
  }

  @Override
  protected DiveReport carryOut() throws IOException, InterruptedException {
    long begin = System.nanoTime();
    try {
      int status = HardwarePlan.isLeftThere(plan().request()) ? leaveThere(begin) : attend(begin);
      return judge(status, Duration.ofNanos(System.nanoTime() - begin));
    } finally {
      over = true;
    }
  }

  /** An ssh whose reader is gone goes on: it is looked after from here. */
  @Override
  protected boolean hasStreams() {
    return super.hasStreams() && node().isHere();
  }

  @Override
  protected Duration leavingGrace() {
    return LEAVING;
  }

  /** With the app's streams. */
  private int attend(long begin) throws IOException, InterruptedException {
    ProcessBuilder builder = builder(plan().command().words());
    wire(builder);
    Process process = builder.start();
    latest = Optional.of(process);
    started(process);
    if (!plan().request().detached()) {
      up(process);
    }
    List<OutputRelay> relays = relays(process);
    watch(process, begin, () -> lookWhetherUp(process));
    for (OutputRelay relay : relays) {
      relay.join();
    }
    return process.exitValue();
  }

  /** Who has started a detached dive waits until its app runs, or hears why it does not. */
  private void lookWhetherUp(Process process) {
    if (plan().request().detached() && !Files.exists(run().pidFile())) {
      try {
        Path report = Enclaves.folder(name()).resolve("report");
        if (Files.exists(report) && Told.read(Files.readAllBytes(report)).booted()) {
          up(process);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** By itself; returns when it has ended and what it wrote is here. */
  private int leaveThere(long begin) throws IOException, InterruptedException {
    Process start = silent(plan().command().words());
    started(start);
    watch(start, begin, () -> {});
    if (start.exitValue() != 0) {
      return start.exitValue();
    }
    up(start);
    List<String> words =
        node().command(enclaves.words(List.of("wait", name())), log(run())).words();
    int status;
    do {
      Files.deleteIfExists(log(run()));
      Process wait = silent(words);
      watch(wait, begin, () -> {});
      status = wait.exitValue();
    } while (isUnreached(status) && pause(begin));
    if (!isUnreached(status)) {
      fetch("stdout", run().stdout());
      fetch("stderr", run().stderr());
    }
    return status;
  }

  /** Whether to go on: nobody has asked in vain for the dive's end. */
  private boolean pause(long begin) throws InterruptedException {
    long until = System.nanoTime() + BEFORE_NEXT_TRY.toNanos();
    while (System.nanoTime() < until && deaf.isEmpty()) {
      look(begin);
      Thread.sleep(Duration.ofMillis(50));
    }
    return deaf.isEmpty();
  }

  private boolean isUnreached(int status) {
    return node().unreached(status, log(run())).isPresent();
  }

  private void fetch(String stream, Path to) throws IOException, InterruptedException {
    String from = Enclaves.folder(name()).resolve(stream).toString();
    builder(node().command(List.of("cat", from), log(run())).words())
        .redirectInput(NOTHING.toFile())
        .redirectOutput(to.toFile())
        .redirectError(Redirect.DISCARD)
        .start()
        .waitFor();
  }

  private Process silent(List<String> words) throws IOException {
    Process process =
        builder(words)
            .redirectInput(NOTHING.toFile())
            .redirectOutput(Redirect.DISCARD)
            .redirectError(Redirect.DISCARD)
            .start();
    latest = Optional.of(process);
    return process;
  }

  /**
   * In a session of its own, so that Ctrl-C is Diver's alone, which ends the dive in order. The
   * agent on this machine gives back what it has taken when Diver is killed.
   */
  private ProcessBuilder builder(List<String> words) {
    List<String> command = new ArrayList<>(List.of("setsid"));
    command.addAll(words);
    ProcessBuilder builder =
        new ProcessBuilder(
                Leash.on(plan().request().host(), node().isHere() ? "TERM" : "KILL", command))
            .directory(run().path().toFile());
    builder.environment().clear();
    builder.environment().putAll(plan().request().host().environment());
    return builder;
  }

  @Override
  protected void end(Process process, Duration grace) {
    try {
      enclaves.stop(name(), grace);
    } catch (DiverException e) {
      deaf = Optional.of(e.failure());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    endProcess(grace);
  }

  /** Has nothing more to do when the agent has ended the dive. */
  private void endProcess(Duration grace) {
    Process process = latest.orElse(null);
    if (process == null) {
      return;
    }
    try {
      process.waitFor(grace.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      process.destroy();
    }
  }

  @Override
  protected void kill(Process process) {
    if (!over) {
      end(process, GRACE);
    }
  }

  private DiveReport judge(int status, Duration wall) throws IOException, InterruptedException {
    Optional<Failure> unreached = node().unreached(status, log(run()));
    if (unreached.isPresent()) {
      if (cause().isPresent() && deaf.isEmpty()) { // ended there, and then ssh here
        enclaves.forget(name());
        return Told.read(new byte[0]).report(plan(), cause().get(), wall);
      }
      throw lost(unreached.get()).exception();
    }
    Optional<String> report = enclaves.report(name());
    if (report.isEmpty()) {
      throw vanished(status).exception();
    }
    if (plan().request().detached()) {
      fetch("log", run().console());
    }
    if (!enclaves.forget(name())) {
      throw notWhole().exception();
    }
    Told told = Told.read(report.get().getBytes(StandardCharsets.UTF_8));
    Outcome outcome = told.outcome().or(this::cause).orElseGet(() -> untold(told, status));
    return told.report(plan(), outcome, wall);
  }

  private Outcome untold(Told told, int status) {
    if (told.stopped()) { // not from here
      return new Outcome.Stopped(Outcome.Reason.REQUESTED);
    }
    if (told.agentFailure().isPresent()) {
      throw withRemedy(told.agentFailure().get()).exception();
    }
    if (status != 0) {
      throw new Failure(
              Failure.Kind.FAILED,
              "The agent "
                  + (status > SIGNAL_BASE
                      ? "was killed by signal " + (status - SIGNAL_BASE)
                      : "ended with status " + status)
                  + " in the middle of the dive; what it had taken is given back.",
              "Dive it again.")
          .exception();
    }
    return told.booted()
        ? new Outcome.Panicked("It ended without a word.")
        : new Outcome.NeverCameUp(
            "The agent ended before the kernel had started the app.", "", "", List.of());
  }

  /** What the agent meets there, where it does not say itself what helps. */
  private Failure withRemedy(Failure failure) {
    return failure.kind() == Failure.Kind.FAILED
        ? new Failure(
            failure.kind(),
            failure.what(),
            "See what is missing there: diver doctor" + enclaves.option())
        : failure;
  }

  /** Its Linux does not take back what it had lent: that comes before what the app came to. */
  private Failure notWhole() {
    return new Failure(
        Failure.Kind.FAILED,
        "The dive has ended, and the Linux on " + node().name() + " has not taken all of it back.",
        "See with dmesg there what holds it; this tries again, and says what is left: diver ps"
            + enclaves.option());
  }

  /** The connection broke, or never was. */
  private Failure lost(Failure unreached) {
    String host = enclaves.option();
    if (deaf.isPresent()) {
      return new Failure(
          Failure.Kind.UNAVAILABLE,
          "The dive " + name() + " could not be ended: " + unreached.what(),
          "Look for it when the host answers: diver ps" + host);
    }
    try {
      if (enclaves.uptime().compareTo(age()) < 0) {
        return vanished();
      }
    } catch (DiverException e) {
      unreached = e.failure();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    boolean goesOn = hardware.onDisconnect() == OnDisconnect.CONTINUE;
    return new Failure(
        Failure.Kind.UNAVAILABLE,
        "The connection to "
            + node().name()
            + " was lost in the middle of the dive, which "
            + (goesOn ? "goes on there" : "is ended there")
            + ": "
            + unreached.what(),
        goesOn
            ? "Follow it with: diver logs -f" + host + " " + name()
            : "See that it has ended with: diver ps"
                + host
                + "; --on-disconnect continue lets one"
                + " go on.");
  }

  /** The node knows nothing of it. */
  private Failure vanished(int status) throws InterruptedException {
    return status == 0 || enclaves.uptime().compareTo(age()) < 0
        ? vanished()
        : new Failure(
            Failure.Kind.FAILED,
            "The agent on " + node().name() + " left no report (status " + status + ").",
            "See what is missing there: diver doctor" + enclaves.option());
  }

  private Failure vanished() {
    return new Failure(
        Failure.Kind.UNAVAILABLE,
        node().name() + " was restarted in the middle of the dive, which is lost.",
        "Dive it again.");
  }

  private Duration age() {
    return run()
        .state()
        .map(state -> Duration.between(state.started(), Instant.now()))
        .orElse(Duration.ZERO);
  }
}
