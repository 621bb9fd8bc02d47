package dev.diver.cli.command;

import dev.diver.cli.output.Shell;
import dev.diver.deploy.trace.DiveReportTrace;
import dev.diver.deploy.trace.Imported;
import dev.diver.deploy.trace.Trace;
import dev.diver.deploy.trace.TraceImport;
import dev.diver.deploy.trace.TraceJson;
import dev.diver.kernels.failure.IoFailure;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** A trace that a user names: a file, or standard input; ours, or what strace or perf wrote. */
final class TraceInput {

  /** What the argument is called on help pages. */
  static final String HELP =
      "a trace of diver trace, or what strace or perf wrote; - for standard input";

  /** How much JSON is read, in bytes: thousands of times what a trace has. */
  private static final int MOST_BYTES = 1 << 26;

  /** How far the first character is looked for. */
  private static final int MOST_BLANKS = 1024;

  private TraceInput() {}

  /** Reads it. */
  static Trace read(String typed, Shell shell) {
    return typed.equals("-")
        ? read(Path.of("standard input"), shell.in(), shell)
        : read(shell.path(typed), shell);
  }

  static Trace read(Path file, Shell shell) {
    try (InputStream in = Files.newInputStream(file)) {
      return read(file, in, shell);
    } catch (IOException e) {
      throw IoFailure.of("read", file, e);
    }
  }

  private static Trace read(Path source, InputStream raw, Shell shell) {
    try {
      BufferedInputStream in = new BufferedInputStream(raw);
      if (isJson(in)) {
        byte[] json = in.readNBytes(MOST_BYTES);
        return DiveReportTrace.isOne(json)
            ? DiveReportTrace.read(json, source.toString())
            : TraceJson.read(json, source.toString());
      }
      Imported imported = TraceImport.read(in, source.toString(), Optional.empty());
      if (imported.skipped() > 0) {
        shell.say(
            source
                + ": "
                + imported.skipped()
                + " lines could not be read; the first: "
                + imported.firstSkipped().orElse(""));
      }
      return imported.trace();
    } catch (IOException e) {
      throw IoFailure.of("read", source, e);
    }
  }

  private static boolean isJson(BufferedInputStream in) throws IOException {
    in.mark(MOST_BLANKS);
    int first = in.read();
    for (int i = 1; i < MOST_BLANKS && first >= 0 && Character.isWhitespace(first); i++) {
      first = in.read();
    }
    in.reset();
    return first == '{';
  }
}
