package dev.diver.kernels.spec;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;

/**
 * The regular expressions that a spec has for what a kernel prints. Packages are not trusted, so
 * these are RE2's, which take time in proportion to the text (no look-around, no back-references),
 * and none may be large. They match bytes, each taken for the character of its value (ISO 8859-1);
 * {@code ^} and {@code $} are the ends of a line.
 */
public final class ConsolePattern {

  private static final int MAX_LENGTH = 200;

  /** All counts of a pattern multiplied; RE2 writes what is repeated that often one by one. */
  private static final long MAX_COUNT = 2000;

  private static final int MAX_SIZE = 500;
  private static final java.util.regex.Pattern COUNT =
      java.util.regex.Pattern.compile("\\{([0-9]{1,9})(?:,([0-9]{0,9}))?\\}");

  private ConsolePattern() {}

  /** What is wrong with a pattern, to follow its name: {@code is ...} */
  public static Optional<String> problem(String pattern, int groups) {
    if (pattern.length() > MAX_LENGTH) {
      return Optional.of("is longer than " + MAX_LENGTH + " characters.");
    }
    if (count(pattern) > MAX_COUNT) {
      return Optional.of("repeats too often.");
    }
    try {
      Pattern compiled = compile(pattern);
      if (compiled.programSize() > MAX_SIZE) {
        return Optional.of("is too large.");
      }
      return compiled.groupCount() < groups ? Optional.of("has no group.") : Optional.empty();
    } catch (PatternSyntaxException e) {
      return Optional.of("is not a regular expression: " + e.getDescription() + ".");
    }
  }

  /** Ready to be looked for; only for a pattern without a {@link #problem}. */
  public static Pattern compile(String pattern) {
    byte[] bytes = pattern.getBytes(StandardCharsets.UTF_8);
    return Pattern.compile(new String(bytes, StandardCharsets.ISO_8859_1), Pattern.MULTILINE);
  }

  private static long count(String pattern) {
    Matcher counts = COUNT.matcher(pattern);
    long product = 1;
    while (counts.find()) {
      String most =
          counts.group(2) == null || counts.group(2).isEmpty() ? counts.group(1) : counts.group(2);
      product = Math.min(product * Math.max(1, Long.parseLong(most)), Integer.MAX_VALUE);
    }
    return product;
  }
}
