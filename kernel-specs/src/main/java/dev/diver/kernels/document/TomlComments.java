package dev.diver.kernels.document;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the comments of a TOML document: what stands right above a key, and behind its value. */
public final class TomlComments {

  /** A value on one line, its strings as a whole, and the comment behind it. */
  private static final Pattern BEHIND =
      Pattern.compile("(?:[^#\"']|\"(?:[^\"\\\\]|\\\\.)*\"|'[^']*')*#(.*)");

  /** A line of TOML in a comment, which is to stay one. */
  private static final Pattern EXAMPLE = Pattern.compile("[a-z-]+ = .*|\\[.*]");

  private TomlComments() {}

  /**
   * The comments by key, as in {@code boot.protocol}; what the document begins with has the key "".
   * Lines are joined to paragraphs, but for examples.
   */
  public static Map<String, String> of(String document) {
    List<String> lines = document.lines().toList();
    Map<String, String> comments = new LinkedHashMap<>();
    new TomlLines(document)
        .keys()
        .forEach(
            (number, key) -> {
              int first = number;
              while (first > 1 && lines.get(first - 2).startsWith("#")) {
                first--;
              }
              List<String> above = new ArrayList<>(lines.subList(first - 1, number - 1));
              if (first == 1 && !above.isEmpty()) {
                comments.put("", joined(above));
                above.clear();
              }
              Matcher behind = BEHIND.matcher(lines.get(number - 1));
              if (behind.matches()) {
                above.add(behind.group(1));
              }
              if (!above.isEmpty()) {
                comments.put(key, joined(above));
              }
            });
    return comments;
  }

  private static String joined(List<String> lines) {
    StringBuilder text = new StringBuilder();
    boolean whole = false;
    for (String line : lines) {
      String words = line.replaceFirst("^#", "").strip();
      boolean example = EXAMPLE.matcher(words).matches();
      text.append(text.isEmpty() ? "" : whole || example ? "\n" : " ");
      text.append(example ? "  " : "").append(words);
      whole = example;
    }
    return text.toString();
  }
}
