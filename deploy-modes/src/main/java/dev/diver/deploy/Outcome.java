package dev.diver.deploy;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** How a dive ended. */
public sealed interface Outcome {

  /**
   * The app ended.
   *
   * @param status its exit status, 0 to 255
   */
  record Exited(int status) implements Outcome {}

  /**
   * The app was killed.
   *
   * @param signal Linux's number of it, 1 to 64
   * @param faultAddress the address whose access failed, as the kernel wrote it
   * @param registers by name, as the kernel wrote them; may be empty
   * @param symbol the app's function at the instruction pointer
   */
  record Signalled(
      int signal,
      Optional<String> faultAddress,
      Map<String, String> registers,
      Optional<String> symbol)
      implements Outcome {}

  /** The kernel failed; {@code message} is its own, or the last lines of its console. */
  record Panicked(String message) implements Outcome {}

  /** The kernel could not load the app; {@code message} is its own. */
  record Refused(String message) implements Outcome {}

  /** The request's timeout was reached. */
  record TimedOut(Duration timeout) implements Outcome {}

  /** Diver ended it. */
  record Stopped(Reason reason) implements Outcome {}

  /** The kernel never started the app; {@code console} is the end of what it printed, or empty. */
  record NeverCameUp(String console) implements Outcome {}

  /** Why Diver ended a dive. */
  enum Reason {
    /** {@link RunningDive#stop} or {@code diver stop}. */
    REQUESTED,
    /** A signal to Diver or its machine, such as Ctrl-C. */
    INTERRUPTED,
    /** Nobody reads the app's output any more. */
    READER_GONE,
    /** The kernel wrote more of console log or report than a dive may. */
    LOG_LIMIT
  }
}
