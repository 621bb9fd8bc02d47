package dev.diver.kernels.failure;

import org.jspecify.annotations.Nullable;

/** Carries a {@link Failure} to the one place that shows it to the user. */
public final class DiverException extends RuntimeException {

  private final transient Failure failure;

  DiverException(Failure failure, @Nullable Throwable cause) {
    super(failure.what() + " " + failure.remedy(), cause);
    this.failure = failure;
  }

  public Failure failure() {
    return failure;
  }
}
