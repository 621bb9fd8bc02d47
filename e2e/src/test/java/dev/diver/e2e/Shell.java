package dev.diver.e2e;

import dev.diver.cli.Main;
import dev.diver.cli.output.Terminals;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A user at a shell: runs commands in a folder, with an environment of its own.
 *
 * @param folder the working directory
 * @param environment what is set beyond the test's own environment
 */
public record Shell(Path folder, Map<String, String> environment) {

  public static final Path ROOT =
      Path.of(System.getProperty("diver.root", "..")).toAbsolutePath().normalize();

  /** This repository's launcher. */
  public static final String DIVER = ROOT.resolve("diver").toString();

  /** No command of a test takes longer on any machine; a hang ends here with what was printed. */
  private static final Duration DEADLINE = Duration.ofMinutes(5);

  /** What a command left: its exit status and what it printed. */
  @SuppressWarnings("ArrayRecordComponent") // read, never compared as a whole
  public record Result(int status, byte[] output, String errors) {
    public String text() {
      return new String(output, StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
      return "status " + status + "\n--- output\n" + text() + "\n--- errors\n" + errors;
    }
  }

  /** The user's data directory. */
  public Path home() {
    return Path.of(Objects.requireNonNull(environment.get("DIVER_HOME")));
  }

  public Shell in(Path other) {
    return new Shell(other, environment);
  }

  public Shell with(String name, String value) {
    Map<String, String> more = new HashMap<>(environment);
    more.put(name, value);
    return new Shell(folder, more);
  }

  /** Runs {@code ./diver ARGS} of this repository. */
  public Result diver(String... args) {
    return run(new byte[0], Stream.concat(Stream.of(DIVER), Stream.of(args)).toList());
  }

  /** The same meanwhile, in a thread of its own: the common pool may have one in all. */
  public CompletableFuture<Result> diverMeanwhile(String... args) {
    return CompletableFuture.supplyAsync(() -> diver(args), Thread::startVirtualThread);
  }

  public Result diverWithInput(byte[] input, String... args) {
    return run(input, Stream.concat(Stream.of(DIVER), Stream.of(args)).toList());
  }

  /**
   * Runs {@code diver ARGS} in this process, which saves the start of a JVM: for tests of many
   * commands that are not about the process.
   */
  public Result diverHere(String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Map<String, String> all = new HashMap<>(System.getenv());
    all.putAll(environment);
    int status =
        Main.run(
            List.of(args),
            new dev.diver.cli.output.Shell(
                InputStream.nullInputStream(), out, err, Terminals.NONE, all, folder));
    return new Result(status, out.toByteArray(), err.toString(StandardCharsets.UTF_8));
  }

  public Result run(String... command) {
    return run(new byte[0], List.of(command));
  }

  /** Runs a line of sh in which {@code diver} is this repository's. */
  public Result sh(String line) {
    return with("PATH", ROOT + ":" + System.getenv("PATH")).run("sh", "-c", line);
  }

  /** Starts a command that runs until it is ended; what it prints goes to this process's errors. */
  public Process start(String... command) {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(environment);
    try {
      return builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Result run(byte[] input, List<String> command) {
    try {
      Path out = Files.createTempFile("out", null);
      Path err = Files.createTempFile("err", null);
      try {
        ProcessBuilder builder =
            new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        try (var stdin = process.getOutputStream()) {
          stdin.write(input);
        } catch (IOException endedWithoutReading) {
          // As in a shell: a program need not read its input.
        }
        boolean ended = process.waitFor(DEADLINE.toSeconds(), TimeUnit.SECONDS);
        if (!ended) {
          process.destroyForcibly().waitFor();
        }
        Result result =
            new Result(process.exitValue(), Files.readAllBytes(out), Files.readString(err));
        if (!ended) {
          throw new AssertionError(command + " did not end in " + DEADLINE + "\n" + result);
        }
        return result;
      } finally {
        Files.delete(out);
        Files.delete(err);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
