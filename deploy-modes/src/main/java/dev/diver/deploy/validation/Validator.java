package dev.diver.deploy.validation;

import dev.diver.deploy.trace.Trace;
import dev.diver.deploy.validation.Validation.Omission;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.commons.statistics.descriptive.Median;

/**
 * Runs benchmarks natively and in a mode, in turn, so that a machine whose speed drifts slows both.
 *
 * @param testbed that runs them
 * @param folder that holds a folder for each of them, while it is measured; exists
 * @param size of the inputs, as a part of the whole: more than 0, at most 1
 * @param repeats how often each is run in each way, after one run of each that is not counted; at
 *     least 1
 * @param gain γ of the mode that the model is given
 */
public record Validator(Testbed testbed, Path folder, double size, int repeats, double gain) {

  /**
   * Measures all of these, one after the other.
   *
   * @param progress is told the benchmark before each of them
   * @throws dev.diver.kernels.failure.DiverException where it was interrupted; a benchmark that
   *     cannot be run is left out and named
   */
  public Validation run(List<Benchmark> benchmarks, Consumer<Benchmark> progress)
      throws InterruptedException {
    List<Measurement> measurements = new ArrayList<>();
    List<Omission> omissions = new ArrayList<>();
    for (Benchmark benchmark : benchmarks) {
      Optional<String> obstacle = obstacle(benchmark);
      if (obstacle.isPresent()) {
        omissions.add(new Omission(benchmark.name(), obstacle.get()));
        continue;
      }
      progress.accept(benchmark);
      try {
        measurements.add(measure(benchmark));
      } catch (DiverException e) {
        if (e.failure().kind() == Failure.Kind.INTERRUPTED) {
          throw e;
        }
        omissions.add(new Omission(benchmark.name(), e.failure().what()));
      }
    }
    return new Validation(testbed.mode(), testbed.roundTripNanos(), gain, measurements, omissions);
  }

  private Optional<String> obstacle(Benchmark benchmark) {
    if (benchmark.children() && !testbed.runsChildren()) {
      return Optional.of("It starts other programs, which " + testbed.mode() + " cannot do.");
    }
    return benchmark
        .debianPackage()
        .filter(name -> !Files.isExecutable(benchmark.program()))
        .map(name -> benchmark.program() + " is not installed: sudo apt-get install " + name + ".");
  }

  private Measurement measure(Benchmark benchmark) throws InterruptedException {
    try {
      Path own = Files.createTempDirectory(folder, benchmark.name() + "-");
      try {
        prepare(benchmark, own);
        return measure(benchmark, own);
      } finally {
        Scratch.delete(own);
      }
    } catch (IOException e) {
      throw IoFailure.of("write", folder, e);
    }
  }

  private Measurement measure(Benchmark benchmark, Path own) throws InterruptedException {
    testbed.natively(benchmark, own);
    Trace recorded = testbed.trace(benchmark, own);
    Set<String> forwarded = testbed.forwarded(recorded);
    testbed.inMode(benchmark, own, forwarded);
    List<Duration> natively = new ArrayList<>();
    List<Duration> inMode = new ArrayList<>();
    for (int i = 0; i < repeats; i++) {
      natively.add(testbed.natively(benchmark, own));
      inMode.add(testbed.inMode(benchmark, own, forwarded));
    }
    Trace trace = CriticalPath.of(withoutRecorder(recorded, natively));
    return new Measurement(
        benchmark,
        trace,
        forwarded,
        testbed.localNanos(trace),
        testbed.roundTripNanos(),
        natively,
        inMode);
  }

  /**
   * The trace of a run that took as long as those that were not recorded, in the median: what one
   * run took longer, by the recorder or by chance, was computed.
   */
  static Trace withoutRecorder(Trace trace, List<Duration> natively) {
    double[] nanos = natively.stream().mapToDouble(Duration::toNanos).toArray();
    Duration wall = Duration.ofNanos(Math.round(Median.withDefaults().evaluate(nanos)));
    Duration beside = trace.lifetime().minus(trace.wall());
    return new Trace(
        trace.command(),
        trace.recorder(),
        wall,
        trace.threads(),
        beside.isNegative() ? wall : wall.plus(beside),
        trace.slowdown(),
        trace.syscalls());
  }

  private void prepare(Benchmark benchmark, Path own) {
    benchmark.inputs().forEach(input -> input.write(own, size));
    if (benchmark.debianPackage().isEmpty()) {
      SyntheticProgram.putInto(own);
    }
  }
}
