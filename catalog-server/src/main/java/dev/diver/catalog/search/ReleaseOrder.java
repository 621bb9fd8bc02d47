package dev.diver.catalog.search;

import java.math.BigInteger;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which release is the newer: numbers in a version count as numbers, and 1.0-rc1 comes before 1.0
 * (in spirit Semantic Versioning 2.0.0, item 11). Tags that are no versions come before those that
 * are; among equals the time of publication decides.
 */
final class ReleaseOrder implements Comparator<Release> {

  private static final Pattern VERSION =
      Pattern.compile("v?([0-9]{1,9}(?:\\.[0-9]{1,9})*)(?:[-_.]?([A-Za-z].*|-.*))?");
  private static final Pattern PART = Pattern.compile("[0-9]+|[A-Za-z]+");

  @Override
  public int compare(Release a, Release b) {
    int order = Boolean.compare(!a.moving(), !b.moving());
    if (order == 0) {
      order = compareTags(a.tag(), b.tag());
    }
    return order != 0 ? order : a.published().compareTo(b.published());
  }

  private static int compareTags(String a, String b) {
    Matcher first = VERSION.matcher(a);
    Matcher second = VERSION.matcher(b);
    if (!first.matches() || !second.matches()) {
      return Boolean.compare(first.matches(), second.matches());
    }
    int order = compareParts(first.group(1), second.group(1));
    return order != 0 ? order : comparePreReleases(first.group(2), second.group(2));
  }

  private static int comparePreReleases(
      @org.jspecify.annotations.Nullable String a, @org.jspecify.annotations.Nullable String b) {
    if (a == null || b == null) {
      return Boolean.compare(a == null, b == null);
    }
    return compareParts(a, b);
  }

  private static int compareParts(String a, String b) {
    List<String> first = parts(a);
    List<String> second = parts(b);
    for (int i = 0; i < Math.min(first.size(), second.size()); i++) {
      int order = comparePart(first.get(i), second.get(i));
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(first.size(), second.size());
  }

  private static List<String> parts(String text) {
    return PART.matcher(text).results().map(result -> result.group()).toList();
  }

  private static int comparePart(String a, String b) {
    boolean number = Character.isDigit(a.charAt(0));
    if (number != Character.isDigit(b.charAt(0))) {
      return number ? -1 : 1;
    }
    return number ? new BigInteger(a).compareTo(new BigInteger(b)) : a.compareTo(b);
  }
}
