package dev.diver.catalog.search;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Full-text expressions (SQLite FTS5, section 3) for some words. Words are letters and digits only
 * and stand in quotes, so nothing that a user types is taken as syntax.
 *
 * @param words each with those that may stand for it
 * @param all whether a kernel needs all of the words, or any
 * @param facets that it needs besides
 */
record TextMatch(List<List<String>> words, boolean all, List<String> facets) {

  // No restriction at all is the fastest; no word of a query is a facet.
  private static final String ALL_TEXT = "";
  private static final int SHORTEST_PREFIX = 3;
  private static final List<String> COLUMNS =
      List.of("{name} : ", "{name tags} : ", "{name tags summary} : ", ALL_TEXT);

  /** Everything that matches in any way; the union of the {@link #tiers}. */
  String everything() {
    return narrowed(text(ALL_TEXT, true));
  }

  /** What matches, the best first, each without those before it. */
  List<String> tiers() {
    List<String> tiers = new ArrayList<>();
    tiers.add(text(COLUMNS.getFirst(), false));
    for (int i = 1; i < COLUMNS.size(); i++) {
      tiers.add(without(text(COLUMNS.get(i), false), text(COLUMNS.get(i - 1), false)));
    }
    String whole = text(ALL_TEXT, false);
    String namePrefix = text(COLUMNS.getFirst(), true);
    tiers.add(without(namePrefix, whole));
    tiers.add(without(text(ALL_TEXT, true), "(" + whole + " OR " + namePrefix + ")"));
    return tiers.stream().map(this::narrowed).toList();
  }

  /** One word by itself, or as the beginning of one. */
  static String word(String word) {
    return new TextMatch(List.of(List.of(word)), true, List.of()).everything();
  }

  private static String without(String some, String others) {
    return "(" + some + " NOT " + others + ")";
  }

  private String text(String columns, boolean asPrefix) {
    return columns
        + "("
        + words.stream()
            .map(alternatives -> anyOf(alternatives, asPrefix))
            .collect(Collectors.joining(all ? " AND " : " OR "))
        + ")";
  }

  private static String anyOf(List<String> alternatives, boolean asPrefix) {
    return alternatives.stream()
        .map(word -> "\"" + word + "\"" + (asPrefix && word.length() >= SHORTEST_PREFIX ? "*" : ""))
        .collect(Collectors.joining(" OR ", "(", ")"));
  }

  private String narrowed(String expression) {
    String result = words.isEmpty() ? "" : expression;
    for (String facet : facets) {
      result += (result.isEmpty() ? "" : " AND ") + "{facets} : \"" + facet + "\"";
    }
    return result;
  }
}
