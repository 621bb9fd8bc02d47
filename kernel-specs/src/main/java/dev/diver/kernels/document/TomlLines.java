package dev.diver.kernels.document;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The line of each key in a TOML document, for errors and comments; the parser keeps no lines. */
final class TomlLines {

  private static final String KEY = "(?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')";
  private static final String KEYS = KEY + "(?:\\s*\\.\\s*" + KEY + ")*";
  private static final Pattern TABLE = Pattern.compile("\\s*\\[{1,2}\\s*(" + KEYS + ")\\s*].*");
  private static final Pattern ENTRY = Pattern.compile("\\s*(" + KEYS + ")\\s*=(.*)");
  private static final Pattern ONE_KEY = Pattern.compile(KEY);

  private final Map<String, Integer> lines = new HashMap<>();

  TomlLines(String document) {
    String table = "";
    String openQuotes = "";
    int number = 0;
    for (String line : document.lines().toList()) {
      number++;
      if (!openQuotes.isEmpty()) {
        openQuotes = line.contains(openQuotes) ? "" : openQuotes;
        continue;
      }
      Matcher header = TABLE.matcher(line);
      Matcher entry = ENTRY.matcher(line);
      if (header.matches()) {
        table = path(header.group(1));
        lines.putIfAbsent(table, number);
      } else if (entry.matches()) {
        String path = path(entry.group(1));
        lines.putIfAbsent(table.isEmpty() ? path : table + "." + path, number);
        openQuotes = leftOpen(entry.group(2));
      }
    }
  }

  /** The keys and tables by their line. */
  SortedMap<Integer, String> keys() {
    SortedMap<Integer, String> keys = new TreeMap<>();
    lines.forEach((key, line) -> keys.put(line, key));
    return keys;
  }

  /** The line of this field, else of the table around it, else 1. */
  int of(String field) {
    for (String path = field.replaceAll("\\[\\d+]", ""); ; ) {
      Integer line = lines.get(path);
      if (line != null) {
        return line;
      }
      int dot = path.lastIndexOf('.');
      if (dot < 0) {
        return 1;
      }
      path = path.substring(0, dot);
    }
  }

  private static String leftOpen(String value) {
    for (String quotes : List.of("\"\"\"", "'''")) {
      int first = value.indexOf(quotes);
      if (first >= 0 && value.indexOf(quotes, first + quotes.length()) < 0) {
        return quotes;
      }
    }
    return "";
  }

  private static String path(String keys) {
    List<String> path = new ArrayList<>();
    for (Matcher key = ONE_KEY.matcher(keys); key.find(); ) {
      String text = key.group();
      boolean quoted = text.startsWith("\"") || text.startsWith("'");
      path.add(quoted ? text.substring(1, text.length() - 1) : text);
    }
    return String.join(".", path);
  }
}
