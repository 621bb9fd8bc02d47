package dev.diver.deploy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How a dive ended. */
public sealed interface Outcome {

  /** How it ended, in a few words, as {@code diver ps} shows it. */
  default String summary() {
    return switch (this) {
      case Exited(int status) -> "exited with " + status;
      case Signalled signalled -> "killed by signal " + signalled.signal();
      case Panicked _ -> "kernel panic";
      case Refused _ -> "app refused";
      case TimedOut _ -> "timed out";
      case Stopped(Reason reason) -> "stopped, " + reason.words();
      case NeverCameUp _ -> "never came up";
      case Untold _ -> "ended untold";
    };
  }

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
   * @param reason why the kernel killed it, in its own words
   */
  record Signalled(
      int signal,
      Optional<String> faultAddress,
      Map<String, String> registers,
      Optional<String> symbol,
      Optional<String> reason)
      implements Outcome {}

  /** The kernel failed; {@code message} is its own, or the last lines of its console. */
  record Panicked(String message) implements Outcome {}

  /** The kernel could not load the app; {@code message} is its own. */
  record Refused(String message) implements Outcome {}

  /**
   * The request's timeout was reached.
   *
   * @param beforeUp what was seen of the kernel until then, where it was not up yet
   */
  record TimedOut(Duration timeout, Optional<NeverCameUp> beforeUp) implements Outcome {}

  /** Diver ended it. */
  record Stopped(Reason reason) implements Outcome {}

  /**
   * The kernel never started the app.
   *
   * @param how that was seen, in a sentence
   * @param console the end of what it printed, or empty
   * @param screen the text on its screen, or empty
   * @param hints likely reasons, as its publisher has them
   */
  record NeverCameUp(String how, String console, String screen, List<String> hints)
      implements Outcome {
    public NeverCameUp {
      hints = List.copyOf(hints);
    }
  }

  /**
   * The machine ended, and nothing that the kernel's spec names told how the app did.
   *
   * @param how the machine ended and what was looked for, in a sentence
   * @param console the end of what was printed, or empty
   */
  record Untold(String how, String console) implements Outcome {}

  /** Why Diver ended a dive. */
  enum Reason {
    /** {@link RunningDive#stop} or {@code diver stop}. */
    REQUESTED("requested"),
    /** A signal to Diver or its machine, such as Ctrl-C. */
    INTERRUPTED("interrupted"),
    /** Nobody reads the app's output any more. */
    READER_GONE("reader gone"),
    /** The kernel wrote more of console log or report than a dive may. */
    LOG_LIMIT("log limit");

    private final String words;

    Reason(String words) {
      this.words = words;
    }

    /** For people; the JSON form has dashes for blanks. */
    public String words() {
      return words;
    }
  }
}
