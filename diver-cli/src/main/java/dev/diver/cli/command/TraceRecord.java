package dev.diver.cli.command;

import dev.diver.cli.output.Shell;
import dev.diver.deploy.machine.Host;
import dev.diver.deploy.trace.ProgramRun;
import dev.diver.deploy.trace.Recorder;
import dev.diver.deploy.trace.Recording;
import dev.diver.deploy.trace.Trace;
import dev.diver.kernels.failure.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;

/** {@code diver trace}. */
final class TraceRecord implements Verb {

  private static final int MOST_REPEATS = 1000;

  @Override
  public void describe(Page page) {
    String recorders = String.join(", ", Recorder.all().stream().map(Recorder::name).toList());
    page.description(
            """
            Runs a program as it is and records, over all its threads and children, how often it \
            makes each system call and what that takes: what the speedup model needs to say \
            whether the program would gain from a specialized kernel. The program's streams and \
            exit status are its own; the trace goes to a file, a summary to standard error.

            It takes the lightest recorder that this machine allows, and says which. To see what \
            recording cost, run the program without it as well, in turn: --repeat.\
            """)
        .option("-o, --output-file", "FILE", "the trace (default trace.json; - is stdout)")
        .option("--with", "RECORDER", recorders + " (default: the lightest that works)")
        .option(
            "--repeat",
            "N",
            "run it N times with and N times without recording; keep the " + "median")
        .flag("-q, --quiet", "print no summary")
        .appArguments()
        .example("Record a program", "trace -- bzip2 -k big.tar")
        .example("See what the recording itself costs", "trace --repeat 5 -- bzip2 -kf big.tar")
        .example("Say whether it would gain on another kernel", "speedup project trace.json")
        .example("By strace, into another file", "trace --with strace -o s.json -- make -j2");
  }

  @Override
  public int run(Given given, Shell shell) throws IOException, InterruptedException {
    if (given.appArguments().isEmpty()) {
      throw new UsageException(
          "There is no program to trace.", "Put it behind --, as in diver trace -- bzip2 -k file.");
    }
    int repeats = repeats(given);
    Host host = new Host(shell.environment(), Kernels.of(given, shell).home().cache());
    Recorder recorder = recorder(given.value("--with"), host);
    mustBeThere(given.appArguments().getFirst(), host, shell);
    CountDownLatch done = new CountDownLatch(1);
    // Ctrl-C is the program's; Diver goes on until the trace is written
    Runtime.getRuntime().addShutdownHook(new Thread(() -> await(done), "trace-end"));
    try {
      Recording recording = record(recorder, given.appArguments(), host, repeats);
      TraceFiles.write(recording.trace(), given, shell);
      if (!given.has("--quiet")) {
        recording.notes().forEach(shell::say);
        TraceSummary.say(recording.trace(), shell);
      }
      return recording.status();
    } finally {
      done.countDown();
    }
  }

  private static void mustBeThere(String program, Host host, Shell shell) {
    boolean there =
        program.contains("/")
            ? Files.isExecutable(shell.path(program))
            : host.program(program).isPresent();
    if (!there) {
      throw new Failure(
              Failure.Kind.NOT_FOUND,
              "There is no program " + program + ".",
              "Give the path of an executable file, or the name of one on the PATH.")
          .exception();
    }
  }

  private static void await(CountDownLatch done) {
    try {
      done.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static int repeats(Given given) {
    int repeats = given.number("--repeat").orElse(0);
    if (repeats < 0 || repeats > MOST_REPEATS) {
      throw new UsageException(
          repeats + " is not a number of runs.", "Give 1 to " + MOST_REPEATS + ".");
    }
    return repeats;
  }

  private static Recorder recorder(Optional<String> wanted, Host host) {
    List<Recorder> all = Recorder.all();
    if (wanted.isEmpty()) {
      return all.stream()
          .filter(one -> one.obstacle(host).isEmpty())
          .findFirst()
          .orElseThrow(() -> all.getLast().obstacle(host).orElseThrow().exception());
    }
    Recorder recorder =
        all.stream()
            .filter(one -> one.name().equals(wanted.get()))
            .findFirst()
            .orElseThrow(() -> unknown(wanted.get(), all));
    recorder
        .obstacle(host)
        .ifPresent(
            obstacle -> {
              throw obstacle.exception();
            });
    return recorder;
  }

  private static UsageException unknown(String wanted, List<Recorder> all) {
    return new UsageException(
        "There is no recorder \"" + wanted + "\".",
        "Use one of: " + String.join(", ", all.stream().map(Recorder::name).toList()) + ".");
  }

  /** Once, or in turn with runs that nobody records; then the run of the median. */
  private static Recording record(Recorder recorder, List<String> command, Host host, int repeats)
      throws IOException, InterruptedException {
    if (repeats == 0) {
      return once(recorder, command, host);
    }
    List<Duration> unrecorded = new ArrayList<>();
    List<Recording> recorded = new ArrayList<>();
    for (int i = 0; i < repeats; i++) {
      unrecorded.add(ProgramRun.of(command).wall());
      recorded.add(once(recorder, command, host));
    }
    unrecorded.sort(Comparator.naturalOrder());
    recorded.sort(Comparator.comparing(one -> one.trace().wall()));
    Recording median = recorded.get((repeats - 1) / 2);
    Trace trace = median.trace().beside(unrecorded.get((repeats - 1) / 2));
    return new Recording(trace, median.status(), median.notes());
  }

  private static Recording once(Recorder recorder, List<String> command, Host host)
      throws IOException, InterruptedException {
    Path scratch = Files.createTempDirectory("diver-trace-");
    try {
      return recorder.record(command, host, scratch);
    } finally {
      delete(scratch);
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
