package dev.diver.cli.output;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/** Sizes and times as people read them. */
public final class Quantity {
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};

  private Quantity() {}

  /** A size as in {@code 1.5 MiB}; three digits at most before the point. */
  public static String bytes(long bytes) {
    double value = bytes;
    int unit = 0;
    while (value >= 1024 && unit < UNITS.length - 1) {
      value /= 1024;
      unit++;
    }
    if (unit == 0) {
      return bytes + " B";
    }
    long tenths = Math.round(value * 10);
    String number =
        tenths < 100 ? tenths / 10 + "." + tenths % 10 : String.valueOf(Math.round(value));
    return number + " " + UNITS[unit];
  }

  /** How long before {@code now} something was, as in {@code 3 hours ago}. */
  public static String ago(Instant then, Instant now) {
    Duration passed = Duration.between(then, now);
    if (passed.toSeconds() < 60) {
      return "just now";
    }
    if (passed.toMinutes() < 60) {
      return counted(passed.toMinutes(), "minute");
    }
    if (passed.toHours() < 24) {
      return counted(passed.toHours(), "hour");
    }
    long days = passed.toDays();
    if (days < 30) {
      return counted(days, "day");
    }
    return days < 365 ? counted(days / 30, "month") : counted(days / 365, "year");
  }

  /** A time as in {@code 850 µs}, {@code 35.2 ms} or {@code 1.23 s}. */
  public static String time(Duration time) {
    long micros = time.toNanos() / 1000;
    if (micros < 1000) {
      return micros + " µs";
    }
    return micros < 1_000_000
        ? String.format(Locale.ROOT, "%.1f ms", micros / 1e3)
        : String.format(Locale.ROOT, "%.2f s", micros / 1e6);
  }

  /** A time with three digits, as in {@code 6.28 µs}, {@code 560 ns} or {@code 12.3 s}. */
  public static String nanos(double nanos) {
    String[] units = {"ns", "µs", "ms", "s"};
    double value = nanos;
    int unit = 0;
    while (Math.abs(value) >= 999.5 && unit < units.length - 1) {
      value /= 1000;
      unit++;
    }
    return digits(value) + " " + units[unit];
  }

  /** A part of one, as in {@code 3.74 %}. */
  public static String percent(double part) {
    return digits(100 * part) + " %";
  }

  /** Three digits, more only before the point; two and an exponent for what is tiny. */
  private static String digits(double value) {
    double size = Math.abs(value);
    if (size == Math.rint(size) && size < 1000) {
      return String.format(Locale.ROOT, "%.0f", value);
    }
    String format = size < 0.01 ? "%.1e" : size < 9.995 ? "%.2f" : size < 99.95 ? "%.1f" : "%,.0f";
    return String.format(Locale.ROOT, format, value);
  }

  private static String counted(long number, String unit) {
    return number + " " + unit + (number == 1 ? "" : "s") + " ago";
  }
}
