package dev.diver.deploy.machine;

import dev.diver.kernels.failure.Failure;
import java.util.Locale;

/**
 * An amount of memory.
 *
 * @param bytes more than 0
 */
public record MemorySize(long bytes) implements Comparable<MemorySize> {

  private static final String UNITS = "KMGT";

  public MemorySize {
    if (bytes <= 0) {
      throw malformed(Long.toString(bytes));
    }
  }

  /**
   * Reads {@code 512M}: a whole number and a unit K, M, G or T (powers of 1024, an {@code iB} or
   * {@code B} may follow), without one MiB, as QEMU takes it.
   */
  public static MemorySize parse(String text) {
    String upper = text.strip().toUpperCase(Locale.ROOT);
    int digits = 0;
    while (digits < upper.length() && Character.digit(upper.charAt(digits), 10) >= 0) {
      digits++;
    }
    String unit = upper.substring(digits);
    try {
      long number = Long.parseLong(upper.substring(0, digits));
      return new MemorySize(Math.multiplyExact(number, factor(unit, text)));
    } catch (NumberFormatException | ArithmeticException e) {
      throw malformed(text);
    }
  }

  /** The largest unit that divides it, as {@code 256M}; what QEMU's {@code -m} takes. */
  @Override
  public String toString() {
    int unit = -1;
    long rest = bytes;
    while (rest % 1024 == 0 && unit < UNITS.length() - 1) {
      rest /= 1024;
      unit++;
    }
    return unit < 0 ? bytes + "B" : rest + UNITS.substring(unit, unit + 1);
  }

  @Override
  public int compareTo(MemorySize other) {
    return Long.compare(bytes, other.bytes);
  }

  private static long factor(String unit, String text) {
    if (unit.isEmpty()) {
      return 1L << 20;
    }
    int index = UNITS.indexOf(unit.charAt(0));
    boolean known = unit.length() == 1 || unit.substring(1).equals("B") || unit.endsWith("IB");
    if (index < 0 || !known || unit.length() > 3) {
      throw malformed(text);
    }
    return 1L << (10 * (index + 1));
  }

  private static RuntimeException malformed(String text) {
    return new Failure(
            Failure.Kind.INVALID,
            "\"" + text + "\" is not an amount of memory.",
            "Write a whole number and a unit, as in 256M or 1G.")
        .exception();
  }
}
