package dev.diver.cli;

import dev.diver.cli.command.CommandLineReader;
import dev.diver.cli.command.UsageException;
import dev.diver.cli.output.BrokenPipeException;
import dev.diver.cli.output.ExitCode;
import dev.diver.cli.output.Shell;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/**
 * Starts Diver, and turns every way to end into an exit status and, where it failed, two sentences.
 */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    end(run(Arrays.asList(arguments), Shell.ofProcess()));
  }

  /**
   * Ends the process. {@code System.exit} looks for a logger to tell, in every jar, which takes as
   * long as a small command, so the process is halted; unless it is being shut down by a signal,
   * where those who clean up are waited for.
   */
  private static void end(int status) {
    if (isEnding()) {
      System.exit(status);
    }
    Runtime.getRuntime().halt(status);
  }

  /** Whether a signal has begun to end the process. */
  public static boolean isEnding() {
    try {
      Thread probe = new Thread();
      Runtime.getRuntime().addShutdownHook(probe);
      return !Runtime.getRuntime().removeShutdownHook(probe);
    } catch (IllegalStateException _) {
      return true;
    }
  }

  /** Runs one command line as the process would; the only place that maps failures to statuses. */
  public static int run(List<String> arguments, Shell shell) {
    try {
      return attempt(arguments, shell);
    } catch (BrokenPipeException _) {
      return ExitCode.BROKEN_PIPE.status();
    }
  }

  private static int attempt(List<String> arguments, Shell shell) {
    try {
      return CommandLineReader.run(arguments, shell);
    } catch (UsageException e) {
      shell.say(e.failure());
      return ExitCode.USAGE.status();
    } catch (DiverException e) {
      return failed(e.failure(), e, arguments, shell);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return ExitCode.INTERRUPTED.status();
    } catch (IOException | java.io.UncheckedIOException e) {
      Failure failure =
          new Failure(
              Failure.Kind.FAILED,
              "A file or stream failed: " + e.getMessage() + ".",
              "Check that it exists, that you may use it, and that the disk has room.");
      return failed(failure, e, arguments, shell);
    } catch (BrokenPipeException e) {
      throw e;
    } catch (RuntimeException e) {
      Failure failure =
          new Failure(
              Failure.Kind.FAILED,
              "Diver came to a state that it should not come to (" + e + ").",
              "Run it again with --verbose and report what it prints.");
      return failed(failure, e, arguments, shell);
    }
  }

  private static int failed(Failure failure, Exception cause, List<String> arguments, Shell shell) {
    shell.say(failure);
    if (CommandLineReader.isVerbose(arguments)) {
      shell.say(cause);
    }
    return ExitCode.of(failure).status();
  }
}
