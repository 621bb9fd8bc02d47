package dev.diver.deploy.trace;

import dev.diver.deploy.machine.Host;
import dev.diver.deploy.machine.Namespaces;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * By perf trace: a summary for each thread, in microseconds. It copies every call out of the kernel
 * to print none of them, so that on a program that does little else it takes longer than strace.
 */
final class PerfRecorder implements Recorder {

  private static final String PERF = "perf";

  /** perf trace ends with 0 whatever the program does: a shell between them keeps its status. */
  private static final String KEEP_STATUS =
      "trap : INT QUIT; file=$1; shift; \"$@\"; echo $$ $? >\"$file\"";

  @Override
  public String name() {
    return PERF;
  }

  @Override
  public Optional<Failure> obstacle(Host host) {
    if (host.program(PERF).isEmpty()) {
      return Optional.of(
          new Failure(
              Failure.Kind.MISSING,
              "There is no perf on the PATH.",
              "Install linux-perf, or take another recorder, as in --with interpose."));
    }
    return Namespaces.isRoot()
        ? Optional.empty()
        : Optional.of(
            new Failure(
                Failure.Kind.MISSING,
                "Only root may see system calls by perf.",
                "Become root, or take another recorder, as in --with interpose."));
  }

  @Override
  public Recording record(List<String> command, Host host, Path scratch)
      throws InterruptedException {
    Path summary = scratch.resolve("summary");
    Path status = scratch.resolve("status");
    List<String> words = new ArrayList<>(BpfRecorder.WITH_TRACEFS);
    // sorted, since an end that is seen before its beginning, on another core, is not counted
    words.addAll(List.of(PERF, "trace", "--sort-events", "-s", "-o", summary.toString(), "--"));
    words.addAll(List.of("sh", "-c", KEEP_STATUS, "sh", status.toString()));
    words.addAll(command);
    ProgramRun run = ProgramRun.of(words);
    try (InputStream in = Files.newInputStream(summary)) {
      String[] shell = Files.readString(status).strip().split(" ", -1);
      Imported imported =
          TraceImport.read(in, "What perf wrote", Optional.of(run.wall()), shell[0]);
      return new Recording(
          imported.trace().of(command),
          Integer.parseInt(shell[1]),
          imported.firstSkipped().stream().toList());
    } catch (IOException e) {
      throw IoFailure.of("read", summary, e);
    }
  }
}
