package dev.diver.deploy.vm;

import java.time.Duration;

/**
 * Sees when a machine has nothing more to say: a text that decides the dive was printed, and then
 * it was silent for a while, or printed on for longer.
 */
final class LastWord {

  private static final Duration SILENCE = Duration.ofSeconds(1);
  private static final Duration MOST = Duration.ofSeconds(5);

  private final Consoles consoles;
  private long printed = -1;
  private Duration since = Duration.ZERO;
  private Duration first = Duration.ZERO;

  LastWord(Consoles consoles) {
    this.consoles = consoles;
  }

  /**
   * Whether it is said.
   *
   * @param age of the machine
   */
  boolean said(Duration age) {
    if (!consoles.lastWord()) {
      return false;
    }
    long now = consoles.total();
    if (printed < 0) {
      first = age;
    }
    if (printed != now) {
      printed = now;
      since = age;
    }
    return age.minus(since).compareTo(SILENCE) >= 0 || age.minus(first).compareTo(MOST) >= 0;
  }
}
