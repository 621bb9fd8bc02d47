package dev.diver.kernels.spec;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.diver.kernels.failure.Failure;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Cores: how many ({@code 2}), or which ({@code 2-3}, {@code 1-3,5}, {@code 4-4}), as in Linux's
 * cpulists, where a bare number is a core rather than a number of them.
 *
 * @param count how many, from 1 on
 * @param which their numbers, ascending; empty where any will do
 */
public record CpuList(int count, List<Integer> which) {

  private static final int MAX_CPU = 4095;
  private static final Pattern RANGE = Pattern.compile("([0-9]{1,4})(?:-([0-9]{1,4}))?");

  public CpuList {
    which = List.copyOf(which);
    if (count < 1 || count > MAX_CPU + 1) {
      throw malformed(Integer.toString(count));
    }
  }

  /** So many, and any. */
  public static CpuList count(int count) {
    return new CpuList(count, List.of());
  }

  /** Reads what {@link #toString} writes; INVALID where it is neither a number nor a list. */
  public static CpuList parse(String text) {
    if (text.matches("[0-9]{1,4}")) {
      return count(Integer.parseInt(text));
    }
    NavigableSet<Integer> cpus = new TreeSet<>();
    for (String part : text.split(",", -1)) {
      Matcher range = RANGE.matcher(part);
      if (!range.matches()) {
        throw malformed(text);
      }
      int first = Integer.parseInt(range.group(1));
      int last = range.group(2) == null ? first : Integer.parseInt(range.group(2));
      boolean fresh =
          first <= last
              && last <= MAX_CPU
              && IntStream.rangeClosed(first, last).allMatch(cpus::add);
      if (!fresh) {
        throw malformed(text);
      }
    }
    return new CpuList(cpus.size(), List.copyOf(cpus));
  }

  /** The form that {@link #parse} reads. */
  @Override
  @JsonValue
  public String toString() {
    if (which.isEmpty()) {
      return Integer.toString(count);
    }
    StringBuilder text = new StringBuilder();
    int at = 0;
    while (at < which.size()) {
      int end = at;
      while (end + 1 < which.size() && which.get(end + 1) == which.get(end) + 1) {
        end++;
      }
      text.append(text.isEmpty() ? "" : ",").append(which.get(at));
      // a list of one core is a range, too: a bare number would say how many
      if (end > at || which.size() == 1) {
        text.append('-').append(which.get(end));
      }
      at = end + 1;
    }
    return text.toString();
  }

  private static RuntimeException malformed(String text) {
    return new Failure(
            Failure.Kind.INVALID,
            "\"" + text + "\" says neither how many cores nor which.",
            "Write a number from 1 on, as in 2, or a list without repetition, as in 2-3 or 1-3,5"
                + " (4-4 is core 4).")
        .exception();
  }
}
