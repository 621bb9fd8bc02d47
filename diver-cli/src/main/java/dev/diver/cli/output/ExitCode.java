package dev.diver.cli.output;

import dev.diver.kernels.failure.Failure;

/**
 * What Diver's exit status says. {@code diver dive} adds the app's own status, and 128 + n where
 * signal n killed the app.
 */
public enum ExitCode {
  OK(0, "it went well"),
  USAGE(2, "the command line is not one that Diver understands"),
  TIMEOUT(124, "the dive was ended by --timeout"),
  FAILURE(125, "Diver itself failed; standard error says why"),
  INTERRUPTED(130, "Ctrl-C"),
  BROKEN_PIPE(141, "the reader of standard output went away");

  private final int status;
  private final String meaning;

  ExitCode(int status, String meaning) {
    this.status = status;
    this.meaning = meaning;
  }

  public int status() {
    return status;
  }

  /** One phrase for a help text. */
  public String meaning() {
    return meaning;
  }

  /** The exit status of a failure of Diver's own: always {@link #FAILURE}, whatever its kind. */
  public static ExitCode of(Failure failure) {
    return failure.kind() == Failure.Kind.INTERRUPTED ? INTERRUPTED : FAILURE;
  }
}
