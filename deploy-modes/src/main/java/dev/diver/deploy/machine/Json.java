package dev.diver.deploy.machine;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads one JSON object that nobody vouches for: a guest's report line, a QMP message, a state file
 * that was cut off. Works on jackson-core alone, since data binding costs more start-up time than
 * many a dive takes.
 */
public final class Json {

  /** The one factory for reading and writing; thread-safe. */
  public static final JsonFactory FACTORY = new JsonFactory();

  private static final int MAX_DEPTH = 16;

  private Json() {}

  /**
   * The object's members: String, Long, Double, Boolean, List or Map, null left out. Empty where
   * the bytes are not exactly one JSON object, nested at most 16 deep.
   */
  public static Optional<Map<String, Object>> object(byte[] bytes, int offset, int length) {
    try (JsonParser parser =
        FACTORY.createParser(ObjectReadContext.empty(), bytes, offset, length)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return Optional.empty();
      }
      Map<String, Object> members = members(parser, 1);
      return parser.nextToken() == null ? Optional.of(members) : Optional.empty();
    } catch (JacksonException | ArithmeticException | DepthException e) {
      return Optional.empty();
    }
  }

  /** A text member. */
  public static Optional<String> text(Map<?, ?> object, String name) {
    return object.get(name) instanceof String text ? Optional.of(text) : Optional.empty();
  }

  /** A whole number in the range of long. */
  public static Optional<Long> number(Map<?, ?> object, String name) {
    return object.get(name) instanceof Long number ? Optional.of(number) : Optional.empty();
  }

  /** A whole number from {@code least} to {@code most}. */
  public static Optional<Long> number(Map<?, ?> object, String name, long least, long most) {
    return number(object, name).filter(n -> n >= least && n <= most);
  }

  /** An object member; empty where there is none. */
  public static Map<?, ?> child(Map<?, ?> object, String name) {
    return object.get(name) instanceof Map<?, ?> child ? child : Map.of();
  }

  /** An array member; empty where there is none. */
  public static List<?> array(Map<?, ?> object, String name) {
    return object.get(name) instanceof List<?> array ? array : List.of();
  }

  private static Map<String, Object> members(JsonParser parser, int depth) {
    Map<String, Object> members = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      parser.nextToken();
      Object value = value(parser, depth);
      if (value != null) {
        members.put(name, value);
      }
    }
    return members;
  }

  private static @Nullable Object value(JsonParser parser, int depth) {
    if (depth >= MAX_DEPTH) {
      throw new DepthException();
    }
    return switch (parser.currentToken()) {
      case START_OBJECT -> members(parser, depth + 1);
      case START_ARRAY -> elements(parser, depth + 1);
      case VALUE_STRING -> parser.getString();
      case VALUE_NUMBER_INT ->
          parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
              ? parser.getDoubleValue()
              : (Object) parser.getLongValue();
      case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> null;
    };
  }

  private static List<Object> elements(JsonParser parser, int depth) {
    List<Object> elements = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      Object value = value(parser, depth);
      if (value != null) {
        elements.add(value);
      }
    }
    return elements;
  }

  /** Nested too deep to be meant seriously. */
  private static final class DepthException extends RuntimeException {
    DepthException() {
      super("nested too deep", null, false, false);
    }
  }
}
