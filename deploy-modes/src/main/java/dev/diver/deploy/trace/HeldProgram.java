package dev.diver.deploy.trace;

import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A program that is started, but stops before its first instruction until it is let go, so that a
 * recorder can look at it from outside. It has this process's standard streams. Whoever closes it
 * ends it, where it has not ended.
 */
final class HeldProgram implements AutoCloseable {

  /** A stopped shell that becomes the program, whose first call is then this execve. */
  private static final String HOLD = "kill -STOP $$; exec \"$@\"";

  private static final long LOOK_MILLIS = 2;
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  private final Process process;

  private HeldProgram(Process process) {
    this.process = process;
  }

  /** Returns when it has stopped. */
  static HeldProgram start(List<String> command) throws InterruptedException {
    List<String> words = new ArrayList<>(List.of("sh", "-c", HOLD, "sh"));
    words.addAll(command);
    HeldProgram held = new HeldProgram(ProgramRun.start(words));
    try {
      // pid (name) state; the name is sh
      await(held.process, "stat", text -> text.contains(") T "));
      return held;
    } catch (RuntimeException | InterruptedException e) {
      held.close();
      throw e;
    }
  }

  /** A condition on a file of a process's folder in /proc. */
  interface Sign {
    boolean in(String text);
  }

  /**
   * Returns when a file of a process's folder in /proc says so.
   *
   * @throws dev.diver.kernels.failure.DiverException FAILED where the process ends before, or takes
   *     longer than anybody would wait
   */
  static void await(Process process, String file, Sign sign) throws InterruptedException {
    Path path = Path.of("/proc", Long.toString(process.pid()), file);
    long start = System.nanoTime();
    while (!shows(path, sign)) {
      if (!process.isAlive() || System.nanoTime() - start > DEADLINE.toNanos()) {
        throw new Failure(
                Failure.Kind.FAILED,
                "The recorder does not come up.",
                "Take another one, as in --with interpose.")
            .exception();
      }
      Thread.sleep(LOOK_MILLIS);
    }
  }

  private static boolean shows(Path file, Sign sign) {
    try {
      return sign.in(Files.readString(file));
    } catch (IOException e) {
      return false; // it has ended: whoever waits sees that
    }
  }

  long pid() {
    return process.pid();
  }

  /** Lets it run to its end. */
  ProgramRun run() throws InterruptedException {
    long start = System.nanoTime();
    try {
      Process go = new ProcessBuilder("sh", "-c", "kill -CONT " + pid()).start();
      int status = process.waitFor();
      go.waitFor();
      return new ProgramRun(status, Duration.ofNanos(System.nanoTime() - start));
    } catch (IOException e) {
      throw IoFailure.of("run", Path.of("sh"), e);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
