package dev.diver.deploy.validation;

import dev.diver.deploy.machine.CarriedProgram;
import dev.diver.deploy.machine.Host;
import dev.diver.deploy.speedup.Forwarding;
import dev.diver.deploy.trace.CountedRun;
import dev.diver.deploy.trace.SyscallUse;
import dev.diver.deploy.trace.Trace;
import dev.diver.deploy.vm.Leash;
import dev.diver.kernels.spec.ModeName;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.statistics.descriptive.Median;

/**
 * This machine's Linux, on which forwarding is emulated: programs run as they are, or with the
 * interposer around them.
 *
 * @param host that the programs run on
 * @param chosenNanos the round trip that it is told
 * @param roundTripNanos the round trip that it was seen to take
 * @param passingNanos what a call that is not forwarded takes longer than without it
 * @param forwarding which calls are forwarded
 */
public record EmulatedTestbed(
    Host host,
    double chosenNanos,
    double roundTripNanos,
    double passingNanos,
    Forwarding forwarding)
    implements Testbed {

  /** The call that stands for all when costs are measured, and one that is not made then. */
  private static final String CALL = "getpid";

  private static final String OTHER_CALL = "getppid";
  private static final int CALLS = 10_000;
  private static final int TRIALS = 5;

  /**
   * Measures first what the interposer really takes on this machine today.
   *
   * @param folder that is used meanwhile
   */
  public static EmulatedTestbed measured(
      Host host, double chosenNanos, Forwarding forwarding, Path folder)
      throws InterruptedException {
    EmulatedTestbed unmeasured = new EmulatedTestbed(host, chosenNanos, chosenNanos, 0, forwarding);
    Benchmark calls = BenchmarkSet.calls(CALL, CALLS);
    SyntheticProgram.putInto(folder);
    return new EmulatedTestbed(
        host,
        chosenNanos,
        unmeasured.extraNanos(calls, folder, CALL),
        unmeasured.extraNanos(calls, folder, OTHER_CALL),
        forwarding);
  }

  /** What each call takes longer than natively where this one is forwarded: the median of runs. */
  private double extraNanos(Benchmark calls, Path folder, String forwarded)
      throws InterruptedException {
    double[] extra = new double[TRIALS];
    for (int i = 0; i < TRIALS; i++) {
      Duration natively = natively(calls, folder);
      Duration inMode = inMode(calls, folder, Set.of(forwarded));
      extra[i] = (double) inMode.minus(natively).toNanos() / CALLS;
    }
    return Math.max(0, Median.withDefaults().evaluate(extra));
  }

  @Override
  public String mode() {
    return ModeName.EMULATED;
  }

  @Override
  public boolean runsChildren() {
    return true;
  }

  @Override
  public Set<String> forwarded(Trace trace) {
    return forwarding.of(trace);
  }

  @Override
  public Map<String, Double> localNanos(Trace trace) {
    return trace.syscalls().stream()
        .collect(
            Collectors.toMap(
                SyscallUse::name,
                use -> (double) use.service().toNanos() / use.calls() + passingNanos));
  }

  @Override
  public Duration natively(Benchmark benchmark, Path folder) throws InterruptedException {
    return timed(benchmark, words(benchmark, benchmark.arguments(), folder), folder);
  }

  @Override
  public Duration inMode(Benchmark benchmark, Path folder, Set<String> forwarded)
      throws InterruptedException {
    List<String> interposed =
        interposed(
            "--forward",
            String.join(",", forwarded),
            "--round-trip",
            Long.toString(Math.round(chosenNanos)));
    return timed(
        benchmark,
        joined(interposed, words(benchmark, benchmark.argumentsInMode(), folder)),
        folder);
  }

  @Override
  public Trace trace(Benchmark benchmark, Path folder) throws InterruptedException {
    List<String> command = words(benchmark, benchmark.arguments(), folder);
    Path counted = folder.resolve("counted");
    Duration wall =
        timed(benchmark, joined(interposed("--count", counted.toString()), command), folder);
    return CountedRun.read(counted).trace(command, wall, OptionalDouble.empty());
  }

  private Duration timed(Benchmark benchmark, List<String> command, Path folder)
      throws InterruptedException {
    return TimedRun.of(
        benchmark.name(),
        Leash.on(host, command),
        folder,
        benchmark.input().map(in -> folder.resolve(in.file())));
  }

  private List<String> interposed(String... options) {
    List<String> words =
        new ArrayList<>(List.of(CarriedProgram.INTERPOSER.in(host.cache()).toString()));
    words.addAll(List.of(options));
    words.add("--");
    return words;
  }

  private static List<String> words(Benchmark benchmark, List<String> arguments, Path folder) {
    return joined(List.of(folder.resolve(benchmark.program()).toString()), arguments);
  }

  private static List<String> joined(List<String> first, List<String> second) {
    return Stream.concat(first.stream(), second.stream()).toList();
  }
}
