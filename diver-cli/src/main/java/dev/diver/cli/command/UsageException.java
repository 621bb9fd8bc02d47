package dev.diver.cli.command;

import dev.diver.kernels.failure.Failure;

/** A command line that Diver does not understand. */
public final class UsageException extends RuntimeException {

  private final transient Failure failure;

  /** What is wrong with it and what to type instead, a sentence each. */
  public UsageException(String what, String remedy) {
    super(what + " " + remedy);
    this.failure = new Failure(Failure.Kind.INVALID, what, remedy);
  }

  public Failure failure() {
    return failure;
  }
}
