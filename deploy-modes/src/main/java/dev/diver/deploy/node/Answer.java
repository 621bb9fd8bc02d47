package dev.diver.deploy.node;

import dev.diver.deploy.machine.Json;
import dev.diver.deploy.machine.ShortRun;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * What came of a command that ends soon.
 *
 * @param status its exit status, 128 + n where signal n killed it; empty where it took too long
 * @param text what it wrote, its first {@value #MOST} bytes
 * @param errors what it wrote to its standard error, likewise
 */
public record Answer(Optional<Integer> status, String text, String errors) {

  /** A report, the queue of a cluster, and whatever else is asked for is shorter. */
  static final int MOST = 1 << 24;

  private static final Path NOTHING = Path.of("/dev/null");

  /**
   * Runs it and waits. Its streams are files, so that a process which it leaves behind with them
   * open (a connection that is kept) is not waited for.
   *
   * @param command of this machine, with a file that it may log to
   */
  static Answer of(Function<Path, List<String>> command, Optional<Path> input, Duration deadline)
      throws IOException, InterruptedException {
    return of(log -> new ProcessBuilder(command.apply(log)), input.orElse(NOTHING), deadline);
  }

  /**
   * The same of a command that reads nothing.
   *
   * @param environment all of its variables
   */
  public static Answer of(List<String> words, Map<String, String> environment, Duration deadline)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(words);
    builder.environment().clear();
    builder.environment().putAll(environment);
    return of(_ -> builder, NOTHING, deadline);
  }

  private static Answer of(Function<Path, ProcessBuilder> command, Path input, Duration deadline)
      throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("diver-ask");
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    Path log = folder.resolve("log");
    try {
      Process process =
          command
              .apply(log)
              .redirectInput(input.toFile())
              .redirectOutput(Redirect.to(out.toFile()))
              .redirectError(Redirect.to(err.toFile()))
              .start();
      Optional<Integer> status = ShortRun.waitOrKill(process, deadline);
      return new Answer(status, read(out), read(err) + read(log));
    } finally {
      for (Path file : List.of(out, err, log, folder)) {
        Files.deleteIfExists(file);
      }
    }
  }

  private static String read(Path file) throws IOException {
    if (!Files.exists(file)) {
      return "";
    }
    try (InputStream in = Files.newInputStream(file)) {
      return new String(in.readNBytes(MOST), StandardCharsets.UTF_8);
    }
  }

  /** Whether it ended well. */
  public boolean isGood() {
    return status.filter(s -> s == 0).isPresent();
  }

  /** What it wrote, line by line, where a line is a JSON object. */
  public List<Map<String, Object>> objects() {
    return text.lines()
        .map(line -> line.getBytes(StandardCharsets.UTF_8))
        .map(line -> Json.object(line, 0, line.length))
        .flatMap(Optional::stream)
        .toList();
  }

  /** The last line of its standard error, or nothing. */
  public String complaint() {
    return errors.lines().filter(line -> !line.isBlank()).reduce((a, b) -> b).orElse("").strip();
  }
}
