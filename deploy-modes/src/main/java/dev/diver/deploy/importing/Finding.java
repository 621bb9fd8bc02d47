package dev.diver.deploy.importing;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Why a field of an imported kernel's spec is as it is.
 *
 * @param field as in {@code boot.protocol}
 * @param basis what sort of reason this is
 * @param text the reason, for people
 */
public record Finding(String field, Basis basis, String text) {

  /** Sorts of reasons, the surest first. */
  public enum Basis {
    /** It stands in the file. */
    FOUND,
    /** A boot showed it. */
    SEEN,
    /** The user said so. */
    GIVEN,
    /** The kernel that this one is like has it so. */
    LIKE,
    /** It is usual; somebody should look at it. */
    ASSUMED,
    /** It could not be known; somebody should fill it in. */
    UNKNOWN;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Override
  public String toString() {
    return basis + ": " + text;
  }

  /** The comments of a kernel.toml. */
  static Map<String, String> comments(List<Finding> findings) {
    Map<String, String> comments = new TreeMap<>();
    findings.forEach(
        finding ->
            comments.merge(finding.field(), finding.toString(), (one, next) -> one + "\n" + next));
    return comments;
  }
}
