package dev.diver.deploy.validation;

import dev.diver.deploy.machine.CarriedProgram;
import dev.diver.deploy.machine.Host;
import dev.diver.deploy.speedup.Forwarding;
import dev.diver.deploy.trace.CountedRun;
import dev.diver.deploy.trace.Trace;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Stream;

/**
 * This machine's Linux, on which forwarding is emulated: programs run as they are, or with the
 * interposer around them.
 *
 * @param host that has the interposer
 * @param roundTripNanos that is chosen
 * @param forwarding which calls are forwarded
 */
public record EmulatedTestbed(Host host, double roundTripNanos, Forwarding forwarding)
    implements Testbed {

  @Override
  public String mode() {
    return "emulated";
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
            Long.toString(Math.round(roundTripNanos)));
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

  private static Duration timed(Benchmark benchmark, List<String> command, Path folder)
      throws InterruptedException {
    return TimedRun.of(
        benchmark.name(), command, folder, benchmark.input().map(in -> folder.resolve(in.file())));
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
