package dev.diver.deploy.validation;

import dev.diver.deploy.DeployMode;
import dev.diver.deploy.DiveConsole;
import dev.diver.deploy.DiveReport;
import dev.diver.deploy.DiveRequest;
import dev.diver.deploy.Outcome;
import dev.diver.deploy.RunningDive;
import dev.diver.deploy.machine.CarriedProgram;
import dev.diver.deploy.speedup.Forwarding;
import dev.diver.deploy.trace.CountedRun;
import dev.diver.deploy.trace.Trace;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * A machine that Diver boots: programs run on its kernel, or natively on the Linux that serves it.
 * Times are those of the programs, without the machine's start.
 *
 * @param deployment of the mode
 * @param requests for dives
 * @param roundTripNanos as the mode's delegation profile has it
 * @param forwarding which calls the kernel forwards
 */
public record MachineTestbed(
    DeployMode deployment, Requests requests, double roundTripNanos, Forwarding forwarding)
    implements Testbed {

  /** Makes the request that dives a program. */
  public interface Requests {
    /**
     * The request.
     *
     * @param program absolute
     * @param folder that is the program's working directory, under some name
     * @param onLinux run it on the Linux that serves, without the kernel
     */
    DiveRequest of(
        Path program,
        List<String> arguments,
        Map<String, String> environment,
        Path folder,
        boolean onLinux);
  }

  private static final String COUNTED = "counted";

  private static final Map<String, String> ENVIRONMENT =
      Map.of("LC_ALL", "C", "OMP_NUM_THREADS", "1", "PATH", "/usr/bin:/bin", "HOME", "/tmp");

  @Override
  public String mode() {
    return deployment.name();
  }

  @Override
  public boolean runsChildren() {
    return false;
  }

  @Override
  public Set<String> forwarded(Trace trace) {
    return forwarding.of(trace);
  }

  @Override
  public Map<String, Double> localNanos(Trace trace) {
    return Map.of(); // as the paper assumes: g' = g
  }

  @Override
  public Duration natively(Benchmark benchmark, Path folder) throws InterruptedException {
    return dive(benchmark, program(benchmark, folder), benchmark.arguments(), folder, true);
  }

  @Override
  public Duration inMode(Benchmark benchmark, Path folder, Set<String> forwarded)
      throws InterruptedException {
    return dive(benchmark, program(benchmark, folder), benchmark.argumentsInMode(), folder, false);
  }

  @Override
  public Trace trace(Benchmark benchmark, Path folder) throws InterruptedException {
    // as the program sees them: in its working directory, wherever that is
    String program = benchmark.debianPackage().isEmpty() ? "./" : "";
    List<String> command = new ArrayList<>(List.of(program + benchmark.program()));
    command.addAll(benchmark.arguments());
    List<String> interposed = new ArrayList<>(List.of("--count", COUNTED, "--"));
    interposed.addAll(command);
    Duration wall = dive(benchmark, interposer(folder), interposed, folder, true);
    return CountedRun.read(folder.resolve(COUNTED)).trace(command, wall, OptionalDouble.empty());
  }

  /** In the folder, where the machine sees it. */
  private Path interposer(Path folder) {
    Path seen = folder.resolve(CarriedProgram.INTERPOSER.fileName());
    Path cache = requests.of(seen, List.of(), ENVIRONMENT, folder, true).host().cache();
    try {
      return Files.copy(CarriedProgram.INTERPOSER.in(cache), seen);
    } catch (IOException e) {
      throw IoFailure.of("write", seen, e);
    }
  }

  private static Path program(Benchmark benchmark, Path folder) {
    return folder.resolve(benchmark.program());
  }

  private Duration dive(
      Benchmark benchmark, Path program, List<String> arguments, Path folder, boolean onLinux)
      throws InterruptedException {
    ByteArrayOutputStream errors = new ByteArrayOutputStream();
    DiveRequest request = requests.of(program, arguments, ENVIRONMENT, folder, onLinux);
    try (InputStream in = input(benchmark, folder);
        RunningDive dive =
            deployment.launch(
                deployment.plan(request),
                new DiveConsole(in, OutputStream.nullOutputStream(), errors))) {
      DiveReport report = dive.await();
      if (!report.outcome().equals(new Outcome.Exited(0)) || report.run().isEmpty()) {
        throw ended(benchmark, report, errors.toString(StandardCharsets.UTF_8).strip());
      }
      return report.run().get();
    } catch (IOException e) {
      throw IoFailure.of("read", folder, e);
    }
  }

  private static InputStream input(Benchmark benchmark, Path folder) throws IOException {
    return benchmark.input().isPresent()
        ? Files.newInputStream(folder.resolve(benchmark.input().get().file()))
        : InputStream.nullInputStream();
  }

  private static RuntimeException ended(Benchmark benchmark, DiveReport report, String said) {
    if (report.outcome().equals(new Outcome.Stopped(Outcome.Reason.INTERRUPTED))) {
      return new Failure(
              Failure.Kind.INTERRUPTED, "The validation was interrupted.", "Start it again.")
          .exception();
    }
    return new Failure(
            Failure.Kind.FAILED,
            "The benchmark "
                + benchmark.name()
                + " did not end well in "
                + report.mode()
                + ": "
                + report.outcome().summary()
                + (said.isEmpty() ? "." : ", having said \"" + TimedRun.head(said) + "\"."),
            "Dive " + benchmark.program() + " by itself to see why.")
        .exception();
  }
}
