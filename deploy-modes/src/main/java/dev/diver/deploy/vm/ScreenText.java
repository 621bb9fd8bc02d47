package dev.diver.deploy.vm;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Finds what is new on a screen, so that a line is said once while it scrolls. */
final class ScreenText {

  private List<String> shown = List.of();
  private boolean begun;

  /** What came since the screen was seen last; a line ends when the next one begins. */
  String news(List<String> rows) {
    List<String> before = shown;
    shown = List.copyOf(rows);
    if (rows.equals(before) || rows.isEmpty()) {
      return "";
    }
    for (int gone = 0; gone < before.size(); gone++) {
      if (continues(before, gone, rows)) {
        return added(before, gone, rows);
      }
    }
    String changed = (begun ? "\n" : "") + changed(before, rows);
    begun = true;
    return changed;
  }

  /** What ends the last line, where there is one. */
  String end() {
    return begun ? "\n" : "";
  }

  /** Whether the new rows are the old ones without the first so many, and more. */
  private static boolean continues(List<String> before, int gone, List<String> rows) {
    int last = before.size() - 1 - gone;
    return last < rows.size()
        && before.subList(gone, before.size() - 1).equals(rows.subList(0, last))
        && rows.get(last).startsWith(before.getLast());
  }

  private static String added(List<String> before, int gone, List<String> rows) {
    int last = before.size() - 1 - gone;
    List<String> added = new ArrayList<>(rows.subList(last, rows.size()));
    added.set(0, added.getFirst().substring(before.getLast().length()));
    return String.join("\n", added);
  }

  /** It was written anew or in places: the rows that differ. */
  private static String changed(List<String> before, List<String> rows) {
    List<String> differing = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      String old = i < before.size() ? before.get(i) : "";
      if (!Objects.equals(old, rows.get(i))) {
        differing.add(rows.get(i));
      }
    }
    return String.join("\n", differing);
  }
}
