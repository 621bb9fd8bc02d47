package dev.diver.deploy.delegation;

import dev.diver.deploy.DeployMode;
import dev.diver.deploy.DiveConsole;
import dev.diver.deploy.DiveReport;
import dev.diver.deploy.DiveRequest;
import dev.diver.deploy.Outcome;
import dev.diver.deploy.RunningDive;
import dev.diver.deploy.delegation.DelegationProfile.CallCost;
import dev.diver.deploy.delegation.DelegationProfile.Kernel;
import dev.diver.deploy.delegation.DelegationProfile.Machine;
import dev.diver.deploy.delegation.DelegationProfile.Payload;
import dev.diver.deploy.delegation.DelegationProfile.Point;
import dev.diver.deploy.delegation.Timings.Series;
import dev.diver.deploy.machine.Acceleration;
import dev.diver.deploy.machine.Host;
import dev.diver.deploy.machine.Qemu;
import dev.diver.deploy.node.Answer;
import dev.diver.deploy.node.Node;
import dev.diver.kernels.failure.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Measures what forwarding costs in a mode, as Tauro, Liu and Hale do (section 5.3): a delegated
 * call is timed on the kernel, the same call on the Linux that serves it, and the one taken from
 * the other.
 */
public final class Calibration {

  /** The fewest trials that make a 99th percentile, and the most that the program has room for. */
  public static final int FEWEST_TRIALS = 1000;

  public static final int MOST_TRIALS = Timings.MAX_TRIALS;

  /** Stands for QEMU and its accelerator where there is no guest. */
  public static final String NONE = "none";

  /** Where the program makes its file: a file system in memory, in every mode. */
  private static final String FOLDER = "/tmp";

  /** What the program is dived for, one after the other. */
  public enum Run {
    /** On the kernel, which forwards {@link #forward()} too, though it could serve them. */
    FORWARDED("forwarded calls", FOLDER),
    /** On the kernel, which serves what it can. */
    LOCAL("calls that the kernel serves itself", "--local"),
    /** On the Linux that serves the kernel, without the kernel. */
    NATIVE("the same calls on Linux", FOLDER);

    private final String title;
    private final String place;

    Run(String title, String place) {
      this.title = title;
      this.place = place;
    }

    /** What is measured, for people. */
    public String title() {
      return title;
    }

    /** Calls that are to be forwarded even where the kernel could serve them. */
    public List<String> forward() {
      return this == FORWARDED ? List.of("getpid", "uname") : List.of();
    }
  }

  /** Makes the request that dives the program. */
  public interface Requests {
    DiveRequest of(Run run, Path program, List<String> args);
  }

  private static final Duration PROOF_DEADLINE = Duration.ofSeconds(2);
  private static final Path CPUINFO = Path.of("/proc/cpuinfo");

  private Calibration() {}

  /** This machine, with these kernels on it. */
  public static Machine machine(Host host, Kernel kernel, Optional<Kernel> gpos) {
    Qemu qemu = Qemu.find(host);
    Acceleration found = Acceleration.find(host, qemu, PROOF_DEADLINE, false);
    return new Machine(
        processor(),
        Runtime.getRuntime().availableProcessors(),
        found.kind().name().toLowerCase(Locale.ROOT),
        qemu.version(),
        kernel,
        gpos);
  }

  /** A machine without a hypervisor, with this kernel on it. */
  public static Machine machine(Node node, Kernel kernel) throws InterruptedException {
    Answer answer =
        node.ask(List.of("cat", CPUINFO.toString()), Optional.empty(), Duration.ofSeconds(30));
    long processors = answer.text().lines().filter(l -> l.startsWith("processor")).count();
    return new Machine(
        processor(answer.text().lines()),
        Math.toIntExact(processors),
        NONE,
        NONE,
        kernel,
        Optional.empty());
  }

  private static String processor() {
    try (Stream<String> lines = Files.lines(CPUINFO)) {
      return processor(lines);
    } catch (IOException | UncheckedIOException e) {
      return processor(Stream.empty());
    }
  }

  /** As proc(5) shows it. */
  private static String processor(Stream<String> lines) {
    return lines
        .filter(line -> line.startsWith("model name"))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .filter(name -> !name.isEmpty())
        .findFirst()
        .orElse("unknown processor");
  }

  /**
   * Dives the program three times and makes a profile of what it printed.
   *
   * @param mode to measure
   * @param machine that it is measured on
   * @param cache a folder that the program can be written to
   * @param trials of each call, {@value #FEWEST_TRIALS} to {@link #MOST_TRIALS}
   * @param requests for the dives
   * @param progress is told before each of them
   * @throws dev.diver.kernels.failure.DiverException where a dive does not end as it should
   */
  public static DelegationProfile measure(
      DeployMode mode,
      Machine machine,
      Path cache,
      int trials,
      Requests requests,
      Consumer<Run> progress)
      throws InterruptedException {
    Path program = CalibrationProgram.extract(cache);
    List<Timings> timings = new ArrayList<>();
    for (Run run : Run.values()) {
      progress.accept(run);
      List<String> args = List.of(Integer.toString(trials), run.place);
      timings.add(timings(mode, run, requests.of(run, program, args)));
    }
    return profile(
        mode.name(), machine, timings.get(0), timings.get(1), timings.get(2), Instant.now());
  }

  /** What the three runs come to. */
  static DelegationProfile profile(
      String mode,
      Machine machine,
      Timings forwarded,
      Timings local,
      Timings serving,
      Instant when) {
    List<CallCost> calls = new ArrayList<>();
    for (Series series : forwarded.series().keySet()) {
      boolean call = !series.name().startsWith("payload_");
      if (call && !series.equals(Timings.EMPTY) && !series.name().equals("ping_pong")) {
        calls.add(cost(series, forwarded, local, serving));
      }
    }
    Optional<Spread> pingPong = serving.find(new Series("ping_pong", 0));
    return new DelegationProfile(
        mode,
        when,
        machine,
        calls,
        List.of(payload("write", forwarded, serving), payload("read", forwarded, serving)),
        pingPong.map(s -> OptionalDouble.of(s.median())).orElseGet(OptionalDouble::empty));
  }

  private static CallCost cost(Series series, Timings forwarded, Timings local, Timings serving) {
    Spread total = forwarded.spread(series);
    Spread service = serving.spread(series);
    Optional<Spread> own = local.find(series);
    return new CallCost(
        series.name(),
        forwarded.trials(series),
        total.less(service),
        service.median(),
        total.median(),
        own.map(s -> OptionalDouble.of(s.median())).orElseGet(OptionalDouble::empty));
  }

  private static Payload payload(String call, Timings forwarded, Timings serving) {
    List<Point> points =
        forwarded.named("payload_" + call).stream()
            .map(
                series ->
                    new Point(
                        series.bytes(),
                        forwarded.spread(series).median(),
                        serving.spread(series).median()))
            .toList();
    Line line =
        Line.through(
            points.stream().mapToDouble(Point::bytes).toArray(),
            points.stream().mapToDouble(point -> point.total() - point.service()).toArray());
    return new Payload(call, line, points);
  }

  private static Timings timings(DeployMode mode, Run run, DiveRequest request)
      throws InterruptedException {
    Kept out = new Kept(Timings.MAX_OUTPUT);
    Kept err = new Kept(Timings.MAX_OUTPUT);
    DiveConsole console = new DiveConsole(InputStream.nullInputStream(), out, err);
    String where = "in " + mode.name() + " (" + run.title() + ")";
    try (RunningDive dive = mode.launch(mode.plan(request), console)) {
      DiveReport report = dive.await();
      if (!report.outcome().equals(new Outcome.Exited(0))) {
        throw ended(report, where, err.text().strip()).exception();
      }
    }
    return Timings.parse(out.bytes(), where);
  }

  private static Failure ended(DiveReport report, String where, String said) {
    if (report.outcome().equals(new Outcome.Stopped(Outcome.Reason.INTERRUPTED))) {
      return new Failure(
          Failure.Kind.INTERRUPTED, "The measurement was interrupted.", "Start it again.");
    }
    return new Failure(
        Failure.Kind.FAILED,
        "The calibration program did not end well "
            + where
            + ": "
            + report.outcome().summary()
            + (said.isEmpty() ? "." : ", having said \"" + said + "\"."),
        "Try whether the mode works at all, as in: diver dive --mode "
            + report.mode()
            + " --kernel "
            + report.kernel()
            + " /bin/busybox -- true.");
  }
}
