package dev.diver.cli.output;

/** Nobody reads standard output any more, as in {@code diver images | head -1}. */
public final class BrokenPipeException extends RuntimeException {
  BrokenPipeException(Throwable cause) {
    super("nobody reads standard output", cause);
  }
}
