package dev.diver.kernels.document;

import dev.diver.kernels.document.RecordBinder.BindingException;
import dev.diver.kernels.failure.DiverException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Makes records of trees, component by component, in the order of the components. Jackson's own
 * binding makes some eighty classes while it runs, which no start-up cache keeps, for each command
 * that reads a document.
 */
final class RecordReader {

  /**
   * How values of a record are made.
   *
   * @param fields its components by their keys, in order; none where it is written as one value
   * @param constructor of the components
   * @param ofText makes one of a text, for a record that is written as one value
   * @param ofNumber makes one of a whole number, likewise
   * @param ofList makes one of a list of texts, likewise
   */
  private record Shape(
      Map<String, Type> fields,
      Constructor<?> constructor,
      Optional<Method> ofText,
      Optional<Method> ofNumber,
      Optional<Method> ofList) {

    static Shape of(Class<?> type) {
      RecordComponent[] components = type.getRecordComponents();
      Optional<Method> ofText = factory(type, String.class);
      Optional<Method> ofNumber = factory(type, int.class);
      Optional<Method> ofList = factory(type, List.class);
      Map<String, Type> fields = new LinkedHashMap<>();
      if (ofText.isEmpty() && ofNumber.isEmpty() && ofList.isEmpty()) {
        for (RecordComponent component : components) {
          fields.put(key(component.getName()), component.getGenericType());
        }
      }
      try {
        Constructor<?> constructor =
            type.getDeclaredConstructor(
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
        constructor.setAccessible(true); // a document's own records are private to its reader
        return new Shape(fields, constructor, ofText, ofNumber, ofList);
      } catch (NoSuchMethodException e) {
        throw new IllegalStateException(e); // every record has it
      }
    }

    private static Optional<Method> factory(Class<?> type, Class<?> parameter) {
      return Arrays.stream(type.getDeclaredMethods())
          .filter(m -> Modifier.isStatic(m.getModifiers()) && Modifier.isPublic(m.getModifiers()))
          .filter(m -> m.getReturnType() == type)
          .filter(m -> Arrays.equals(m.getParameterTypes(), new Class<?>[] {parameter}))
          .findFirst();
    }
  }

  private static final ClassValue<Shape> SHAPES =
      new ClassValue<>() {
        @Override
        protected Shape computeValue(Class<?> type) {
          return Shape.of(type);
        }
      };

  private RecordReader() {}

  /** The keys that a record has, with their types; none where it is written as one value. */
  static Map<String, Type> fields(Class<?> record) {
    return SHAPES.get(record).fields;
  }

  /**
   * Makes a value.
   *
   * @param path of the node, for messages
   * @param type a record, an enum, a text, a number, a truth value, or a list, map or Optional of
   *     them
   */
  static Object read(String path, JsonNode node, Type type) throws BindingException {
    if (node.isString() && node.stringValue().indexOf('\0') >= 0) {
      throw new BindingException(
          new FieldProblem(path, "has a NUL character, which ends a text for Linux.", "Remove it."),
          null);
    }
    if (type instanceof ParameterizedType generic) {
      Type inner = generic.getActualTypeArguments()[generic.getActualTypeArguments().length - 1];
      if (generic.getRawType() == Optional.class) {
        return Optional.of(read(path, node, inner));
      }
      return generic.getRawType() == List.class ? list(path, node, inner) : map(path, node, inner);
    }
    Class<?> single = (Class<?>) type;
    if (single == String.class && node.isString()) {
      return node.stringValue();
    }
    if ((single == boolean.class || single == Boolean.class) && node.isBoolean()) {
      return node.booleanValue();
    }
    if ((single == int.class || single == Integer.class) && isWhole(node, true)) {
      return node.intValue();
    }
    if ((single == long.class || single == Long.class) && isWhole(node, false)) {
      return node.longValue();
    }
    if (single.isEnum() && node.isValueNode()) {
      return constant(path, node.asString(), single);
    }
    if (single.isRecord()) {
      return record(path, node, single);
    }
    throw wrongType(path, single);
  }

  private static boolean isWhole(JsonNode node, boolean isInt) {
    return node.isIntegralNumber() && (isInt ? node.canConvertToInt() : node.canConvertToLong());
  }

  private static List<Object> list(String path, JsonNode node, Type of) throws BindingException {
    if (!node.isArray()) {
      throw wrongType(path, List.class);
    }
    List<Object> values = new ArrayList<>();
    for (int i = 0; i < node.size(); i++) {
      values.add(read(path + "[" + i + "]", node.get(i), of));
    }
    return values;
  }

  private static Map<String, Object> map(String path, JsonNode node, Type of)
      throws BindingException {
    if (!node.isObject()) {
      throw wrongType(path, Map.class);
    }
    Map<String, Object> values = new LinkedHashMap<>();
    for (var entry : node.properties()) {
      values.put(entry.getKey(), read(path + "." + entry.getKey(), entry.getValue(), of));
    }
    return values;
  }

  private static Object constant(String path, String text, Class<?> type) throws BindingException {
    List<Object> constants = List.of(type.getEnumConstants());
    for (Object constant : constants) {
      if (constant.toString().equals(text)) {
        return constant;
      }
    }
    throw new BindingException(
        new FieldProblem(
            path,
            "is \"" + text + "\", which Diver does not know.",
            RecordBinder.suggestion(text, constants)),
        null);
  }

  private static Object record(String path, JsonNode node, Class<?> type) throws BindingException {
    Shape shape = SHAPES.get(type);
    try {
      if (node.isString() && shape.ofText.isPresent()) {
        return shape.ofText.get().invoke(null, node.stringValue());
      }
      if (isWhole(node, true) && shape.ofNumber.isPresent()) {
        return shape.ofNumber.get().invoke(null, node.intValue());
      }
      if (node.isArray() && shape.ofList.isPresent()) {
        return shape.ofList.get().invoke(null, list(path, node, String.class));
      }
      if (!node.isObject() || shape.fields.isEmpty()) {
        throw wrongType(path, shape.fields.isEmpty() ? String.class : type);
      }
      List<Object> values = new ArrayList<>();
      for (var field : shape.fields.entrySet()) {
        String place = path.isEmpty() ? field.getKey() : path + "." + field.getKey();
        values.add(component(place, node.get(field.getKey()), field.getValue()));
      }
      return shape.constructor.newInstance(values.toArray());
    } catch (InvocationTargetException e) {
      throw refused(path, e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Object component(String path, @Nullable JsonNode node, Type type)
      throws BindingException {
    boolean optional =
        type instanceof ParameterizedType generic && generic.getRawType() == Optional.class;
    if (optional && (node == null || node.isNull())) {
      return Optional.empty();
    }
    if (node == null) {
      throw new BindingException(new FieldProblem(path, "is missing.", "Add it."), null);
    }
    return read(path, node, type);
  }

  private static BindingException refused(String path, InvocationTargetException e) {
    if (e.getCause() instanceof DiverException cause) {
      return new BindingException(
          new FieldProblem(
              path, "cannot be read: " + cause.failure().what(), cause.failure().remedy()),
          cause);
    }
    throw new IllegalStateException(e.getCause());
  }

  private static BindingException wrongType(String path, Class<?> type) {
    return new BindingException(
        new FieldProblem(
            path.isEmpty() ? "the document" : path,
            "has the wrong type.",
            "Write " + expected(type) + "."),
        null);
  }

  private static String expected(Class<?> type) {
    if (type == List.class) {
      return "a list, as in [\"a\", \"b\"]";
    }
    if (type == int.class || type == long.class || type == Integer.class || type == Long.class) {
      return "a whole number without quotes";
    }
    if (type == boolean.class || type == Boolean.class) {
      return "true or false";
    }
    return type.isRecord() || type == Map.class ? "a table of keys and values" : "a text in quotes";
  }

  private static String key(String component) {
    return component.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
  }
}
