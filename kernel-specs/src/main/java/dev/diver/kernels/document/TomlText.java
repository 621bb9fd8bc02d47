package dev.diver.kernels.document;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes a tree of values as TOML 1.0 for people: single values before tables, comments before what
 * they are about.
 */
public final class TomlText {

  private static final int WIDTH = 100;
  private static final String INDENT = "    ";
  private static final Pattern BARE_KEY = Pattern.compile("[A-Za-z0-9_-]+");

  private final Map<String, String> comments;
  private final StringBuilder text = new StringBuilder();

  private TomlText(Map<String, String> comments) {
    this.comments = new TreeMap<>(comments);
  }

  /**
   * The tree as a document that reads back as the same tree, once these defaults are added.
   *
   * @param tree objects, lists and single values, without nulls; no key has a dot
   * @param defaults what is left out where the tree has the same, unless there is a comment on it;
   *     see {@link RecordBinder#addDefaults}
   * @param comments any text by key, as in {@code boot.protocol}. Those on the key "" stand before
   *     all, those on a table before it, those on a key that the tree lacks behind the keys of its
   *     table. Lines are wrapped unless they begin with a blank
   */
  public static String write(ObjectNode tree, ObjectNode defaults, Map<String, String> comments) {
    TomlText document = new TomlText(comments);
    document.comment("");
    if (!document.text.isEmpty()) {
      document.text.append('\n');
    }
    document.content("", "", tree, defaults);
    return document.text.toString();
  }

  /**
   * What a table holds.
   *
   * @param path of the table as comments name it
   * @param header the same as TOML writes it
   */
  private void content(
      String path, String header, ObjectNode table, @Nullable ObjectNode defaults) {
    for (var entry : table.properties()) {
      if (!entry.getValue().isObject()) {
        JsonNode usual = defaults == null ? null : defaults.get(entry.getKey());
        value(join(path, entry.getKey()), key(entry.getKey()), entry.getValue(), usual);
      }
    }
    lacking(path, table).forEach(this::comment);
    for (var entry : table.properties()) {
      if (entry.getValue() instanceof ObjectNode inner) {
        String innerPath = join(path, entry.getKey());
        if (!isImplied(inner, defaults, entry.getKey()) || isCommented(innerPath)) {
          header(innerPath, join(header, key(entry.getKey())), inner);
          content(
              innerPath,
              join(header, key(entry.getKey())),
              inner,
              tableDefaults(defaults, entry.getKey()));
        }
      }
    }
  }

  private void value(String path, String key, JsonNode value, @Nullable JsonNode usual) {
    if (!value.equals(usual) || comments.containsKey(path)) {
      comment(path);
      String start = key + " = ";
      text.append(start).append(value(value, start.length())).append('\n');
    }
  }

  /** A table that holds only tables needs no header of its own. */
  private void header(String path, String header, ObjectNode table) {
    boolean onlyTables = !table.isEmpty() && table.values().stream().allMatch(JsonNode::isObject);
    if (onlyTables && lacking(path, table).isEmpty() && !comments.containsKey(path)) {
      return;
    }
    if (!text.isEmpty() && !text.toString().endsWith("\n\n")) {
      text.append('\n');
    }
    comment(path);
    text.append('[').append(header).append("]\n");
  }

  /** Comments on keys that this table lacks. */
  private List<String> lacking(String path, ObjectNode table) {
    return comments.keySet().stream()
        .filter(key -> !key.isEmpty() && parent(key).equals(path))
        .filter(key -> !table.has(key.substring(key.lastIndexOf('.') + 1)))
        .toList();
  }

  private boolean isCommented(String path) {
    return comments.keySet().stream().anyMatch(k -> k.equals(path) || k.startsWith(path + "."));
  }

  /** Whether a reader gets the same table where nothing is written of it. */
  private static boolean isImplied(ObjectNode table, @Nullable ObjectNode defaults, String name) {
    if (defaults == null || !(defaults.get(name) instanceof ObjectNode usual)) {
      return false;
    }
    ObjectNode unwritten = table.objectNode();
    RecordBinder.addDefaults(unwritten, usual);
    return table.equals(unwritten);
  }

  private static @Nullable ObjectNode tableDefaults(@Nullable ObjectNode defaults, String name) {
    if (defaults == null) {
      return null;
    }
    JsonNode found = defaults.has(name) ? defaults.get(name) : defaults.get(RecordBinder.ANY);
    return found instanceof ObjectNode table ? table : null;
  }

  private void comment(String path) {
    for (String line : comments.getOrDefault(path, "").lines().toList()) {
      for (String part : wrapped(clean(line))) {
        text.append(part.isEmpty() ? "#" : "# " + part).append('\n');
      }
    }
  }

  /** A comment may quote what a stranger's file holds; TOML allows no control characters in it. */
  private static String clean(String line) {
    return line.replaceAll("[\\p{Cc}\\p{Cf}\\p{Cs}\\u2028\\u2029]", "?");
  }

  private static List<String> wrapped(String line) {
    List<String> parts = new ArrayList<>();
    StringBuilder part = new StringBuilder();
    for (String word : line.startsWith(" ") ? List.of(line) : List.of(line.split(" +"))) {
      if (!part.isEmpty() && part.length() + 1 + word.length() > WIDTH - 2) {
        parts.add(part.toString());
        part.setLength(0);
      }
      part.append(part.isEmpty() ? "" : " ").append(word);
    }
    parts.add(part.toString());
    return parts;
  }

  /** A value that begins at this column. */
  private static String value(JsonNode value, int column) {
    return switch (value) {
      case ArrayNode list -> list(list, column);
      case ObjectNode table -> inlineTable(table);
      case JsonNode text when text.isString() -> string(text.stringValue());
      default -> value.toString();
    };
  }

  private static String list(ArrayNode list, int column) {
    List<String> values = list.values().stream().map(v -> value(v, 0)).toList();
    String line = "[" + String.join(", ", values) + "]";
    if (column + line.length() <= WIDTH) {
      return line;
    }
    StringBuilder lines = new StringBuilder("[\n").append(INDENT);
    int at = INDENT.length();
    for (String one : values) {
      if (at > INDENT.length() && at + one.length() + 2 > WIDTH) {
        lines.append('\n').append(INDENT);
        at = INDENT.length();
      }
      lines.append(at > INDENT.length() ? " " : "").append(one).append(',');
      at += one.length() + 2;
    }
    return lines.append("\n]").toString();
  }

  private static String inlineTable(ObjectNode table) {
    return table.properties().stream()
        .map(entry -> key(entry.getKey()) + " = " + value(entry.getValue(), 0))
        .collect(Collectors.joining(", ", "{ ", " }"));
  }

  /** The form that is the easiest to read: regular expressions as they are, paragraphs as lines. */
  private static String string(String value) {
    boolean plain = value.chars().noneMatch(TomlText::isUnprintable);
    if (plain && value.indexOf('\'') < 0 && (value.contains("\\") || value.contains("\""))) {
      return "'" + value + "'";
    }
    return value.indexOf('\n') >= 0
        ? "\"\"\"\n" + escaped(value).replace("\\n", "\n") + "\"\"\""
        : "\"" + escaped(value) + "\"";
  }

  private static String escaped(String value) {
    StringBuilder escaped = new StringBuilder();
    value
        .codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '"' -> escaped.append("\\\"");
                case '\\' -> escaped.append("\\\\");
                case '\n' -> escaped.append("\\n");
                default -> {
                  if (isUnprintable(c)) {
                    escaped.append(String.format("\\u%04x", c));
                  } else {
                    escaped.appendCodePoint(c);
                  }
                }
              }
            });
    return escaped.toString();
  }

  private static boolean isUnprintable(int c) {
    return Character.isISOControl(c);
  }

  private static String parent(String key) {
    return key.contains(".") ? key.substring(0, key.lastIndexOf('.')) : "";
  }

  private static String join(String path, String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  private static String key(String key) {
    return BARE_KEY.matcher(key).matches() ? key : "\"" + escaped(key) + "\"";
  }
}
