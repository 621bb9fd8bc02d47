package dev.diver.deploy.vm;

import dev.diver.deploy.vm.ConsolePatterns.Mark;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a guest prints on one console, as far as it matters: its end, and what was found in all of
 * it. Takes the same memory however much that is.
 */
final class ConsoleText {

  /** So much is looked through at once, in bytes: he who prints without end waits for that. */
  private static final int BATCH = 64 * 1024;

  /** A match is looked for across what came before the new bytes, in characters. */
  static final int REACH = 4096;

  private final Tail tail = new Tail();
  private final Map<Mark, ConsoleSearch> searches = new EnumMap<>(Mark.class);
  private final StringBuilder window = new StringBuilder();
  private int fresh;
  private boolean held;

  ConsoleText(ConsolePatterns wanted) {
    wanted.patterns().forEach((mark, pattern) -> searches.put(mark, new ConsoleSearch(pattern)));
  }

  /** Takes more. */
  synchronized void take(byte[] buffer, int length) {
    tail.keep(buffer, length);
    if (searches.isEmpty()) {
      return;
    }
    for (int i = 0; i < length; i++) {
      append((char) (buffer[i] & 0xff));
      if (fresh >= BATCH) {
        look();
      }
    }
  }

  /** A line ends with a line feed, whatever the console makes of it. */
  private void append(char c) {
    if (held && c != '\n') {
      window.append('\r');
      fresh++;
    }
    held = c == '\r';
    if (!held) {
      window.append(c);
      fresh++;
    }
  }

  /** Looks through what has come since. */
  synchronized void look() {
    if (fresh == 0) {
      return;
    }
    String text = window.toString();
    searches.values().forEach(search -> search.look(text, fresh));
    fresh = 0;
    int old = window.length() - REACH;
    if (old > 0) {
      window.delete(0, old);
      searches.values().forEach(search -> search.forget(old));
    }
  }

  /** The last match in what was looked through. */
  synchronized Optional<ConsoleSearch.Found> found(Mark mark) {
    ConsoleSearch search = searches.get(mark);
    return search == null ? Optional.empty() : search.found();
  }

  /** How much came, in bytes. */
  synchronized long total() {
    return tail.total();
  }

  /** The last 64 KiB at most. */
  synchronized String end() {
    return tail.text();
  }
}
