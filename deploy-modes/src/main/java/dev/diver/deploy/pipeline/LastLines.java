package dev.diver.deploy.pipeline;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** The last lines that a task wrote, for people to see where it fails; thread-safe. */
public final class LastLines {

  private static final int KEPT = 10;

  private final Deque<String> lines = new ArrayDeque<>();

  /** One more, for which the first may go. */
  public synchronized void add(String line) {
    lines.add(line);
    if (lines.size() > KEPT) {
      lines.remove();
    }
  }

  /** All that are kept, in order. */
  public synchronized List<String> kept() {
    return List.copyOf(lines);
  }
}
