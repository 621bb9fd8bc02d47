package dev.diver.kernels.document;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import dev.diver.kernels.failure.DiverException;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.exc.InvalidFormatException;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.type.LogicalType;

/**
 * Turns a tree of values into a record and back. Keys are kebab-case; enum values are what their
 * {@code toString} gives; nothing is coerced from one type to another; every component that is not
 * an {@code Optional} must be there.
 */
public final class RecordBinder {

  /** A key in the defaults that stands for every table at its place. */
  private static final String ANY = "*";

  private static final JsonMapper STRICT = mapper(true);
  private static final JsonMapper TOLERANT = mapper(false);

  private RecordBinder() {}

  /** The tree is not such a record. */
  public static final class BindingException extends Exception {
    private final transient FieldProblem problem;

    BindingException(FieldProblem problem, Throwable cause) {
      super(problem.field() + " " + problem.what(), cause);
      this.problem = problem;
    }

    public FieldProblem problem() {
      return problem;
    }
  }

  /** Reads a record; a key that it does not have is an error. */
  public static <T> T strict(ObjectNode tree, Class<T> type) throws BindingException {
    return bind(STRICT, tree, type);
  }

  /** Reads a record; keys that it does not have are passed over. */
  public static <T> T tolerant(ObjectNode tree, Class<T> type) throws BindingException {
    return bind(TOLERANT, tree, type);
  }

  /** The mapper behind {@link #tolerant}, for writing and for reading trees from JSON. */
  public static JsonMapper mapper() {
    return TOLERANT;
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

  private static <T> T bind(JsonMapper mapper, ObjectNode tree, Class<T> type)
      throws BindingException {
    try {
      return mapper.treeToValue(tree, type);
    } catch (JacksonException e) {
      throw new BindingException(problem(e), e);
    }
  }

  private static FieldProblem problem(JacksonException e) {
    String field = path(e);
    if (e.getCause() instanceof DiverException cause) {
      return new FieldProblem(
          field, "cannot be read: " + cause.failure().what(), cause.failure().remedy());
    }
    return switch (e) {
      case UnrecognizedPropertyException unknown ->
          new FieldProblem(
              field,
              "is not a key that Diver knows.",
              suggestion(unknown.getPropertyName(), unknown.getKnownPropertyIds()));
      case InvalidFormatException format when format.getTargetType().isEnum() -> {
        List<String> values =
            Arrays.stream(format.getTargetType().getEnumConstants()).map(Object::toString).toList();
        yield new FieldProblem(
            field,
            "is \"" + format.getValue() + "\", which Diver does not know.",
            suggestion(String.valueOf(format.getValue()), values));
      }
      case MismatchedInputException mismatch
          when String.valueOf(mismatch.getOriginalMessage()).contains("creator property") ->
          new FieldProblem(field, "is missing.", "Add it.");
      case MismatchedInputException mismatch when mismatch.getTargetType() != null ->
          new FieldProblem(
              field, "has the wrong type.", "Write " + expected(mismatch.getTargetType()) + ".");
      default ->
          new FieldProblem(field, "cannot be read.", "Compare it with the manual's description.");
    };
  }

  private static String expected(Class<?> type) {
    if (Collection.class.isAssignableFrom(type)) {
      return "a list, as in [\"a\", \"b\"]";
    }
    if (type == int.class || type == long.class || type == Integer.class || type == Long.class) {
      return "a whole number without quotes";
    }
    if (type == boolean.class || type == Boolean.class) {
      return "true or false";
    }
    return type.isRecord() || java.util.Map.class.isAssignableFrom(type)
        ? "a table of keys and values"
        : "a text in quotes";
  }

  private static String path(JacksonException e) {
    String path =
        e.getPath().stream()
            .map(r -> r.getPropertyName() == null ? "[" + r.getIndex() + "]" : r.getPropertyName())
            .collect(Collectors.joining("."))
            .replace(".[", "[");
    return path.isEmpty() ? "the document" : path;
  }

  /** A sentence that names the nearest of the known words, or all of them if none is near. */
  static String suggestion(String word, Collection<?> known) {
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

  private static JsonMapper mapper(boolean strict) {
    return JsonMapper.builder()
        .propertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE)
        .configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, strict)
        .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
        .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
        .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
        .enable(EnumFeature.READ_ENUMS_USING_TO_STRING, EnumFeature.WRITE_ENUMS_USING_TO_STRING)
        .enable(EnumFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
        .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
        .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
        .disable(MapperFeature.SORT_CREATOR_PROPERTIES_FIRST)
        .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
        .withCoercionConfig(
            LogicalType.Textual,
            c ->
                c.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                    .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                    .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
        .changeDefaultPropertyInclusion(
            i ->
                i.withValueInclusion(JsonInclude.Include.NON_ABSENT)
                    .withContentInclusion(JsonInclude.Include.ALWAYS))
        .changeDefaultNullHandling(n -> JsonSetter.Value.forContentNulls(Nulls.FAIL))
        .build();
  }
}
