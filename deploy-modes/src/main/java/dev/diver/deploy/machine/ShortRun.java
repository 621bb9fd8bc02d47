package dev.diver.deploy.machine;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * What came of a program that should end soon. It reads nothing, and is killed at its deadline.
 *
 * @param status empty where it was killed
 * @param output both its streams, the first 64 KiB
 */
public record ShortRun(Optional<Integer> status, String output) {

  private static final int MAX_OUTPUT = 64 * 1024;

  /** Runs it. */
  public static ShortRun of(List<String> command, Duration deadline)
      throws IOException, InterruptedException {
    Path output = Files.createTempFile("diver-run", ".log");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .redirectInput(Path.of("/dev/null").toFile())
              .start();
      Optional<Integer> status = waitOrKill(process, deadline);
      try (InputStream in = Files.newInputStream(output)) {
        return new ShortRun(status, new String(in.readNBytes(MAX_OUTPUT), StandardCharsets.UTF_8));
      }
    } finally {
      Files.deleteIfExists(output);
    }
  }

  /** The last line of the output, or nothing. */
  public String lastLine() {
    return output.lines().reduce((first, last) -> last).orElse("");
  }

  /** A process's exit status; killed, and empty, where it has not ended by the deadline. */
  public static Optional<Integer> waitOrKill(Process process, Duration deadline)
      throws InterruptedException {
    try {
      return process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)
          ? Optional.of(process.exitValue())
          : Optional.empty();
    } finally {
      process.destroyForcibly().waitFor();
    }
  }
}
