package dev.diver.cli.command;

import dev.diver.cli.output.Shell;
import dev.diver.deploy.trace.Imported;
import dev.diver.deploy.trace.TraceImport;
import dev.diver.kernels.failure.IoFailure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** {@code diver trace import}. */
final class TraceImported implements Verb {

  @Override
  public void describe(Page page) {
    page.description(
            """
            Makes a trace of what strace or perf has written: strace -c (with -w: without it \
            blocked time is missing), strace -f -T, perf trace -s. Which it is shows in the \
            file. Summaries and logs without time stamps do not say how long the program ran; \
            say it with --wall.\
            """)
        .argument("FILE", "what strace or perf wrote; - is standard input")
        .option("--wall", "TIME", "how long the program ran, as in 12.3s")
        .option("-o, --output-file", "FILE", "the trace (default trace.json; - is stdout)")
        .flag("-q, --quiet", "print no summary")
        .example("A log with time stamps", "trace import strace.log")
        .example("A summary", "trace import --wall 12.3s summary.txt")
        .example(
            "Without a file between",
            "trace import - -o made.json < <(strace -f -T -ttt make 2>&1 >/dev/null)");
  }

  @Override
  public int run(Given given, Shell shell) {
    String typed = given.required(0);
    Optional<Duration> wall =
        given
            .value("--wall")
            .map(text -> Duration.ofNanos(Math.round(Amount.nanos("--wall", text))));
    Imported imported = read(typed, wall, shell);
    TraceFiles.write(imported.trace(), given, shell);
    imported
        .firstSkipped()
        .ifPresent(
            line -> shell.say(imported.skipped() + " lines could not be read; first " + line));
    if (!given.has("--quiet")) {
      TraceSummary.say(imported.trace(), shell);
    }
    return 0;
  }

  private static Imported read(String typed, Optional<Duration> wall, Shell shell) {
    Path file = shell.path(typed);
    try {
      if (typed.equals("-")) {
        return TraceImport.read(shell.in(), "Standard input", wall);
      }
      try (InputStream in = Files.newInputStream(file)) {
        return TraceImport.read(in, typed, wall);
      }
    } catch (IOException e) {
      throw IoFailure.of("read", file, e);
    }
  }
}
