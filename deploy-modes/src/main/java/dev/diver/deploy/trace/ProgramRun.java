package dev.diver.deploy.trace;

import dev.diver.kernels.failure.Failure;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * A program that ran with this process's standard streams.
 *
 * @param status its own, 128 + n where signal n killed it
 * @param wall from its start to its end
 */
public record ProgramRun(int status, Duration wall) {

  /**
   * Runs it to its end.
   *
   * @throws dev.diver.kernels.failure.DiverException NOT_FOUND where it cannot be started
   */
  public static ProgramRun of(List<String> command) throws InterruptedException {
    long start = System.nanoTime();
    Process process = start(command);
    try {
      int status = process.waitFor();
      return new ProgramRun(status, Duration.ofNanos(System.nanoTime() - start));
    } finally {
      process.destroyForcibly();
    }
  }

  static Process start(List<String> command) {
    try {
      return new ProcessBuilder(command).inheritIO().start();
    } catch (IOException e) {
      throw new Failure(
              Failure.Kind.NOT_FOUND,
              "The program " + command.getFirst() + " cannot be started.",
              "Give the path of an executable file, or the name of one on the PATH.")
          .exception(e);
    }
  }
}
