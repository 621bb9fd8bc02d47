package dev.diver.kernels.document;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Turns a tree of values into a record and back. Keys are kebab-case; enum values are what their
 * {@code toString} gives; a record that a public static method makes of a text, a whole number or a
 * list of texts is written as that; nothing is coerced from one type to another; every component
 * that is not an {@code Optional} must be there.
 */
public final class RecordBinder {

  /** A key in the defaults that stands for every table at its place. */
  public static final String ANY = "*";

  private RecordBinder() {}

  /** The tree is not such a record. */
  public static final class BindingException extends Exception {
    private final transient FieldProblem problem;

    BindingException(FieldProblem problem, @Nullable Throwable cause) {
      super(problem.field() + " " + problem.what(), cause);
      this.problem = problem;
    }

    public FieldProblem problem() {
      return problem;
    }
  }

  /** Reads a record; a key that it does not have is an error. */
  public static <T> T strict(ObjectNode tree, Class<T> type) throws BindingException {
    Optional<FieldProblem> unknown = unknownKey("", tree, type);
    if (unknown.isPresent()) {
      throw new BindingException(unknown.get(), null);
    }
    return tolerant(tree, type);
  }

  /** Reads a record; keys that it does not have are passed over. */
  public static <T> T tolerant(ObjectNode tree, Class<T> type) throws BindingException {
    return type.cast(RecordReader.read("", tree, type));
  }

  /** A mapper that writes what {@link #tolerant} reads. */
  public static JsonMapper mapper() {
    return Writer.MAPPER;
  }

  /** Not made before something is written, which most commands never do. */
  private static final class Writer {
    static final JsonMapper MAPPER =
        JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE)
            .enable(EnumFeature.WRITE_ENUMS_USING_TO_STRING)
            .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .disable(MapperFeature.SORT_CREATOR_PROPERTIES_FIRST)
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .changeDefaultPropertyInclusion(
                i ->
                    i.withValueInclusion(JsonInclude.Include.NON_ABSENT)
                        .withContentInclusion(JsonInclude.Include.ALWAYS))
            .build();
  }

  /**
   * Adds to {@code tree} what it lacks. A key {@code *} in the defaults holds what every table at
   * that place gets.
   */
  public static void addDefaults(ObjectNode tree, ObjectNode defaults) {
    for (var entry : defaults.properties()) {
      String key = entry.getKey();
      JsonNode value = entry.getValue();
      if (key.equals(ANY)) {
        for (JsonNode child : tree.values()) {
          if (child instanceof ObjectNode table) {
            addDefaults(table, (ObjectNode) value);
          }
        }
      } else if (!tree.has(key)) {
        ObjectNode holder = tree.objectNode();
        if (value instanceof ObjectNode table) {
          addDefaults(holder.putObject(key), table);
        } else {
          holder.set(key, value.deepCopy());
        }
        tree.setAll(holder);
      } else if (tree.get(key) instanceof ObjectNode table && value instanceof ObjectNode more) {
        addDefaults(table, more);
      }
    }
  }

  /** The first key of the tree that the type has no place for. */
  private static Optional<FieldProblem> unknownKey(String prefix, JsonNode tree, Type type) {
    Map<String, Type> known = components(type);
    for (var entry : tree.properties()) {
      String key = entry.getKey();
      Type inner = known.getOrDefault(key, known.get(ANY));
      if (inner == null) {
        return Optional.of(
            new FieldProblem(
                prefix + key, "is not a key that Diver knows.", suggestion(key, known.keySet())));
      }
      if (entry.getValue().isObject() && !components(inner).isEmpty()) {
        Optional<FieldProblem> deeper = unknownKey(prefix + key + ".", entry.getValue(), inner);
        if (deeper.isPresent()) {
          return deeper;
        }
      }
    }
    return Optional.empty();
  }

  /** The keys of a record, or {@code *} for a map, with their types; none for a single value. */
  private static Map<String, Type> components(Type type) {
    if (type instanceof Class<?> record && record.isRecord()) {
      return RecordReader.fields(record);
    }
    if (type instanceof ParameterizedType generic && generic.getRawType() == Map.class) {
      return Map.of(ANY, generic.getActualTypeArguments()[1]);
    }
    return type instanceof ParameterizedType generic && generic.getRawType() == Optional.class
        ? components(generic.getActualTypeArguments()[0])
        : Map.of();
  }

  /** A sentence that names the nearest of the known words, or all of them if none is near. */
  public static String suggestion(String word, Collection<?> known) {
    String nearest = "";
    int least = Math.max(2, word.length() / 3) + 1;
    for (Object candidate : known) {
      int distance = editDistance(word.toLowerCase(Locale.ROOT), candidate.toString());
      if (distance < least) {
        least = distance;
        nearest = candidate.toString();
      }
    }
    if (!nearest.isEmpty()) {
      return "Did you mean " + nearest + "?";
    }
    return "Write one of: "
        + known.stream().map(Object::toString).sorted().collect(Collectors.joining(", "))
        + ".";
  }

  /** Levenshtein distance, by rows. */
  private static int editDistance(String a, String b) {
    int[] row = new int[b.length() + 1];
    Arrays.setAll(row, j -> j);
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
