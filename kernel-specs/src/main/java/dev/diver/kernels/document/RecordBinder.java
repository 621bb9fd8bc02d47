package dev.diver.kernels.document;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import dev.diver.kernels.failure.DiverException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonPointer;
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
  public static final String ANY = "*";

  private static final JsonMapper MAPPER = newMapper();

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
    try {
      return MAPPER.treeToValue(tree, type);
    } catch (JacksonException e) {
      throw new BindingException(problem(e, tree), e);
    }
  }

  /** The mapper behind {@link #tolerant}, for writing. */
  public static JsonMapper mapper() {
    return MAPPER;
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
    Map<String, Type> components = new LinkedHashMap<>();
    if (type instanceof Class<?> record && record.isRecord() && hasKeys(record)) {
      for (RecordComponent component : record.getRecordComponents()) {
        String key = component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
        components.put(key, component.getGenericType());
      }
    } else if (type instanceof ParameterizedType generic && generic.getRawType() == Map.class) {
      components.put(ANY, generic.getActualTypeArguments()[1]);
    } else if (type instanceof ParameterizedType generic
        && generic.getRawType() == Optional.class) {
      return components(generic.getActualTypeArguments()[0]);
    }
    return components;
  }

  /** A record with a creator of its own is written as one value, not as a table. */
  private static boolean hasKeys(Class<?> record) {
    return Arrays.stream(record.getDeclaredMethods())
        .noneMatch(method -> method.isAnnotationPresent(JsonCreator.class));
  }

  private static FieldProblem problem(JacksonException e, ObjectNode tree) {
    String field = path(e);
    if (e.getCause() instanceof DiverException cause) {
      return new FieldProblem(
          field, "cannot be read: " + cause.failure().what(), cause.failure().remedy());
    }
    return switch (e) {
      case InvalidFormatException format when format.getTargetType().isEnum() -> {
        List<String> values =
            Arrays.stream(format.getTargetType().getEnumConstants()).map(Object::toString).toList();
        yield new FieldProblem(
            field,
            "is \"" + format.getValue() + "\", which Diver does not know.",
            suggestion(String.valueOf(format.getValue()), values));
      }
      case MismatchedInputException _ when tree.at(pointer(e)).isMissingNode() ->
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
    return type.isRecord() || Map.class.isAssignableFrom(type)
        ? "a table of keys and values"
        : "a text in quotes";
  }

  private static JsonPointer pointer(JacksonException e) {
    JsonPointer pointer = JsonPointer.empty();
    for (JacksonException.Reference step : e.getPath()) {
      pointer =
          step.getPropertyName() == null
              ? pointer.appendIndex(step.getIndex())
              : pointer.appendProperty(step.getPropertyName());
    }
    return pointer;
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

  private static JsonMapper newMapper() {
    return JsonMapper.builder()
        .propertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE)
        .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
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
