package dev.diver.deploy.trace;

import dev.diver.deploy.machine.Host;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** By strace: two stops for each call, whose cost is in the times, too. */
final class StraceRecorder implements Recorder {

  private static final String STRACE = "strace";

  @Override
  public String name() {
    return STRACE;
  }

  @Override
  public Optional<Failure> obstacle(Host host) {
    return host.program(STRACE).isPresent()
        ? Optional.empty()
        : Optional.of(
            new Failure(
                Failure.Kind.MISSING, "There is no strace on the PATH.", "Install: strace."));
  }

  @Override
  public Recording record(List<String> command, Host host, Path scratch)
      throws InterruptedException {
    Path log = scratch.resolve("log");
    List<String> words =
        new ArrayList<>(
            List.of(STRACE, "-f", "-T", "-ttt", "-qq", "-s", "0", "-o", log.toString(), "--"));
    words.addAll(command);
    ProgramRun run = ProgramRun.of(words);
    try (InputStream in = Files.newInputStream(log)) {
      Imported imported = TraceImport.read(in, "What strace wrote", Optional.of(run.wall()));
      return new Recording(
          imported.trace().of(command), run.status(), imported.firstSkipped().stream().toList());
    } catch (IOException e) {
      throw IoFailure.of("read", log, e);
    }
  }
}
