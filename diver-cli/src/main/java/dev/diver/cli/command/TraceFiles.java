package dev.diver.cli.command;

import dev.diver.cli.output.Shell;
import dev.diver.deploy.trace.Trace;
import dev.diver.deploy.trace.TraceJson;
import dev.diver.kernels.failure.IoFailure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where commands leave traces. */
final class TraceFiles {

  private static final String DEFAULT = "trace.json";
  private static final String STDOUT = "-";

  private TraceFiles() {}

  /** Writes to what {@code -o} says. */
  static void write(Trace trace, Given given, Shell shell) {
    String typed = given.value("--output-file").orElse(DEFAULT);
    byte[] bytes = TraceJson.write(trace);
    if (typed.equals(STDOUT)) {
      shell.println(new String(bytes, StandardCharsets.UTF_8));
      return;
    }
    Path file = shell.path(typed);
    try {
      Files.write(file, bytes);
    } catch (IOException e) {
      throw IoFailure.of("write", file, e);
    }
    shell.sayDoing("Traced", typed);
  }
}
