package dev.diver.kernels.spec;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.diver.kernels.failure.Failure;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An amount of memory, written as a whole number and K, M, G or T (powers of 1024), as in {@code
 * 256M}.
 *
 * @param bytes a positive multiple of 1024
 */
public record MemorySize(long bytes) implements Comparable<MemorySize> {

  private static final Pattern FORM = Pattern.compile("([1-9][0-9]{0,8})([KMGT])");
  private static final String UNITS = "KMGT";
  private static final int UNIT_BITS = 10;

  public MemorySize {
    if (bytes <= 0 || bytes % 1024 != 0) {
      throw malformed(bytes + " bytes");
    }
  }

  /** Reads {@code 256M}; {@link Failure.Kind#INVALID} where it is not of that form. */
  public static MemorySize parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw malformed(text);
    }
    int shift = UNIT_BITS * (1 + UNITS.indexOf(form.group(2)));
    return new MemorySize(Long.parseLong(form.group(1)) << shift);
  }

  @Override
  public int compareTo(MemorySize other) {
    return Long.compare(bytes, other.bytes);
  }

  /** The form that {@link #parse} and QEMU's {@code -m} read, in the largest unit that is exact. */
  @Override
  @JsonValue
  public String toString() {
    int unit = Math.min(UNITS.length(), Long.numberOfTrailingZeros(bytes) / UNIT_BITS);
    return (bytes >> (UNIT_BITS * unit)) + UNITS.substring(unit - 1, unit);
  }

  private static RuntimeException malformed(String text) {
    return new Failure(
            Failure.Kind.INVALID,
            "\"" + text + "\" is not an amount of memory.",
            "Write a whole number and K, M, G or T, as in 256M.")
        .exception();
  }
}
