package dev.diver.cli.command;

import dev.diver.kernels.syscall.SyscallTable;
import java.math.BigDecimal;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Values as people type them for the speedup model: a time, a share, a factor, a rate, a list of
 * system calls. Each is refused with the name of what it was given for.
 */
final class Amount {

  private static final Map<String, BigDecimal> UNITS =
      Map.of(
          "ns", new BigDecimal("1"),
          "us", new BigDecimal("1e3"),
          "µs", new BigDecimal("1e3"), // U+00B5, the micro sign
          "μs", new BigDecimal("1e3"), // U+03BC, the Greek letter
          "ms", new BigDecimal("1e6"),
          "s", new BigDecimal("1e9"));

  private static final Pattern NUMBER =
      Pattern.compile("(\\d+(?:\\.\\d+)?(?:e[+-]?\\d{1,2})?)(.*)");

  private Amount() {}

  /** A time such as {@code 6.28us}, in nanoseconds; 0 or more. */
  static double nanos(String option, String text) {
    Matcher number = NUMBER.matcher(text);
    BigDecimal unit = number.matches() ? UNITS.get(number.group(2)) : null;
    if (unit == null) {
      throw new UsageException(
          "\"" + text + "\" is not a time for " + option + ".",
          "Give a number with ns, us, ms or s, as in 6.28us.");
    }
    return new BigDecimal(number.group(1)).multiply(unit).doubleValue();
  }

  /** A share such as {@code 90%} or {@code 0.9}, as a number from 0 to 1. */
  static double share(String option, String text) {
    Matcher number = NUMBER.matcher(text);
    boolean percent = number.matches() && number.group(2).equals("%");
    if (percent || (number.matches() && number.group(2).isEmpty())) {
      double share = new BigDecimal(number.group(1)).movePointLeft(percent ? 2 : 0).doubleValue();
      if (share <= 1) {
        return share;
      }
    }
    throw new UsageException(
        "\"" + text + "\" is not a share for " + option + ".", "Give 0% to 100%, or 0 to 1.");
  }

  /** A factor such as {@code 1.04}; more than 0. */
  static double factor(String option, String text) {
    Matcher number = NUMBER.matcher(text);
    if (number.matches() && number.group(2).isEmpty()) {
      double factor = new BigDecimal(number.group(1)).doubleValue();
      if (factor > 0) {
        return factor;
      }
    }
    throw new UsageException(
        "\"" + text + "\" is not a factor for " + option + ".",
        "Give a number that is more than 0, such as 1.04.");
  }

  /** A rate such as {@code 1000/s}, {@code 5/ms} or {@code 1000}, per second; more than 0. */
  static double perSecond(String option, String text) {
    Matcher number = NUMBER.matcher(text);
    String each = number.matches() ? number.group(2) : "?";
    BigDecimal unit = UNITS.get(each.isEmpty() ? "s" : each.replaceFirst("^/", ""));
    boolean slash = each.isEmpty() || each.startsWith("/");
    if (unit != null && slash) {
      double rate = new BigDecimal(number.group(1)).doubleValue() * 1e9 / unit.doubleValue();
      if (rate > 0) {
        return rate;
      }
    }
    throw new UsageException(
        "\"" + text + "\" is not a rate for " + option + ".",
        "Give a number that is more than 0 for each second, such as 1000/s or 5/ms.");
  }

  /** Names of system calls, separated by commas; each must be one of Linux's. */
  static Set<String> syscalls(String option, String text) {
    Set<String> names = new LinkedHashSet<>();
    for (String name : text.split(",", -1)) {
      String typed = name.strip();
      if (!SyscallTable.names().contains(typed)) {
        throw new UsageException(
            "\"" + typed + "\", given for " + option + ", is not a system call of Linux.",
            Suggestion.closest(typed, SyscallTable.names())
                .map(known -> "Did you mean " + known + "?")
                .orElse("Give names as strace prints them, separated by commas: read,write."));
      }
      names.add(typed);
    }
    return names;
  }
}
