package dev.diver.deploy.trace;

import dev.diver.deploy.machine.CarriedProgram;
import dev.diver.deploy.machine.Host;
import dev.diver.kernels.failure.Failure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** Diver's own: each call is counted and timed inside the program itself. */
final class InterposeRecorder implements Recorder {

  @Override
  public String name() {
    return "interpose";
  }

  @Override
  public Optional<Failure> obstacle(Host host) {
    return Optional.empty();
  }

  @Override
  public Recording record(List<String> command, Host host, Path scratch)
      throws InterruptedException {
    Path counts = scratch.resolve("counts");
    List<String> words = new ArrayList<>();
    words.add(CarriedProgram.INTERPOSER.in(host.cache()).toString());
    words.addAll(List.of("--count", counts.toString(), "--"));
    words.addAll(command);
    ProgramRun run = ProgramRun.of(words);
    if (Files.notExists(counts)) {
      throw new Failure(
              Failure.Kind.FAILED,
              "The program ended with status "
                  + run.status()
                  + " before what it did could be written.",
              "Where it is killed by signal 9, record it with --with strace.")
          .exception();
    }
    CountedRun counted = CountedRun.read(counts);
    return new Recording(
        counted.trace(command, run.wall(), OptionalDouble.empty()),
        run.status(),
        counted.uncounted().stream()
            .map(program -> program + " ran without being recorded.")
            .toList());
  }
}
