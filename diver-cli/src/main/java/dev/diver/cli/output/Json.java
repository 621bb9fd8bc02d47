package dev.diver.cli.output;

import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.PrettyPrinter;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;

/**
 * Writes JSON for people and programs. Streaming only: databind costs a small command its start.
 */
final class Json {
  private Json() {}

  private static final class Indented extends ObjectWriteContext.Base {
    @Override
    public PrettyPrinter getPrettyPrinter() {
      DefaultIndenter lines = new DefaultIndenter("  ", "\n");
      return new DefaultPrettyPrinter().withObjectIndenter(lines).withArrayIndenter(lines);
    }
  }

  /** A tree of maps, lists, strings, numbers, booleans and optionals of these (empty is null). */
  static String write(Object tree) {
    return write(tree, new Indented());
  }

  /** The same in one line, for a stream of many. */
  static String writeLine(Object tree) {
    return write(tree, ObjectWriteContext.empty());
  }

  private static String write(Object tree, ObjectWriteContext context) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(context, text)) {
      writeValue(json, tree);
    }
    return text.toString();
  }

  private static void writeValue(JsonGenerator json, Object value) {
    switch (value) {
      case Map<?, ?> object -> {
        json.writeStartObject();
        object.forEach(
            (name, member) -> {
              json.writeName(String.valueOf(name));
              writeValue(json, member);
            });
        json.writeEndObject();
      }
      case List<?> array -> {
        json.writeStartArray();
        array.forEach(element -> writeValue(json, element));
        json.writeEndArray();
      }
      case Optional<?> some when some.isPresent() -> writeValue(json, some.get());
      case Optional<?> _ -> json.writeNull();
      case Boolean truth -> json.writeBoolean(truth);
      case Integer number -> json.writeNumber(number);
      case Long number -> json.writeNumber(number);
      case Double number -> json.writeNumber(number);
      default -> json.writeString(value.toString());
    }
  }
}
