package dev.diver.deploy.vm;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Looks for one pattern in text that comes piece by piece. */
final class ConsoleSearch {

  private static final int MAX_LINE = 400;

  /**
   * A match.
   *
   * @param group its group 1, where there is one
   * @param line in which it begins, as far as it had come
   */
  record Found(Optional<String> group, String line) {}

  private final Pattern pattern;
  private int from;
  private @Nullable Found found;

  ConsoleSearch(Pattern pattern) {
    this.pattern = pattern;
  }

  /**
   * Looks on.
   *
   * @param fresh so many characters at the end of the window are new
   */
  void look(CharSequence window, int fresh) {
    Matcher matcher = pattern.matcher(window);
    int begin = Math.max(from, window.length() - fresh - ConsoleText.REACH);
    boolean more = matcher.find(begin);
    while (more) {
      found = found(matcher, window);
      // one that reaches to the end may grow with what comes next
      from = matcher.end() == window.length() ? matcher.start() : matcher.end();
      more = matcher.find();
    }
  }

  /** So many characters are gone from the front of the window. */
  void forget(int count) {
    from = Math.max(0, from - count);
  }

  /** The last one. */
  Optional<Found> found() {
    return Optional.ofNullable(found);
  }

  private static Found found(Matcher matcher, CharSequence window) {
    int start = matcher.start();
    while (start > 0 && matcher.start() - start < MAX_LINE && window.charAt(start - 1) != '\n') {
      start--;
    }
    int end = matcher.start();
    while (end < window.length() && end - start < MAX_LINE && window.charAt(end) != '\n') {
      end++;
    }
    return new Found(
        matcher.groupCount() > 0 ? Optional.ofNullable(matcher.group(1)) : Optional.empty(),
        window.subSequence(start, end).toString());
  }
}
