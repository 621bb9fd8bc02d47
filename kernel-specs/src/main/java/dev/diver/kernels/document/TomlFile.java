package dev.diver.kernels.document;

import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.toml.TomlFactory;

/** Reads a TOML file into a record. */
public final class TomlFile {

  /** No file that a person writes is longer, in bytes. */
  private static final int MAX_SIZE = 1 << 20;

  private static final TomlFactory TOML = new TomlFactory();

  private TomlFile() {}

  /**
   * Reads {@code file} as a record of this type; unknown keys are errors.
   *
   * @param addDefaults adds what a document does not say; see {@link RecordBinder#addDefaults}
   * @param check what is wrong with a record whose types are right
   * @throws dev.diver.kernels.failure.DiverException INVALID with file, line and field; NOT_FOUND
   *     where there is no such file
   */
  public static <T> T read(
      Path file,
      Class<T> type,
      Consumer<ObjectNode> addDefaults,
      Function<T, Optional<FieldProblem>> check) {
    return read(file.toString(), text(file), type, addDefaults, check);
  }

  /**
   * The same, where a check finds all that is wrong: the error tells of each problem, in the order
   * of their lines.
   */
  public static <T> T readWhole(
      Path file,
      Class<T> type,
      Consumer<ObjectNode> addDefaults,
      Function<T, List<FieldProblem>> check) {
    String text = text(file);
    T value = read(file.toString(), text, type, addDefaults, _ -> Optional.empty());
    List<FieldProblem> problems = check.apply(value);
    if (problems.isEmpty()) {
      return value;
    }
    TomlLines lines = new TomlLines(text);
    List<FieldProblem> sorted =
        problems.stream().sorted(Comparator.comparingInt(p -> lines.of(p.field()))).toList();
    if (sorted.size() == 1) {
      throw failure(file.toString(), lines, sorted.getFirst());
    }
    String all =
        sorted.stream()
            .map(problem -> failure(file.toString(), lines, problem).failure())
            .map(failure -> "\n  " + failure.what() + " " + failure.remedy())
            .collect(Collectors.joining());
    throw new Failure(
            Failure.Kind.INVALID,
            file + " has " + sorted.size() + " errors:" + all,
            "Correct them, the first one first.")
        .exception();
  }

  private static DiverException failure(String file, TomlLines lines, FieldProblem problem) {
    return new Failure(
            Failure.Kind.INVALID,
            "%s:%d: %s %s"
                .formatted(file, lines.of(problem.field()), problem.field(), problem.what()),
            problem.remedy())
        .exception();
  }

  /** The same, of text that was read before; {@code file} is what errors call it. */
  public static <T> T read(
      String file,
      String text,
      Class<T> type,
      Consumer<ObjectNode> addDefaults,
      Function<T, Optional<FieldProblem>> check) {
    ObjectNode tree = parse(file, text);
    addDefaults.accept(tree);
    Optional<FieldProblem> problem;
    try {
      T value = RecordBinder.strict(tree, type);
      problem = check.apply(value);
      if (problem.isEmpty()) {
        return value;
      }
    } catch (RecordBinder.BindingException e) {
      problem = Optional.of(e.problem());
    }
    throw failure(file, new TomlLines(text), problem.get());
  }

  /**
   * A tree from TOML text, such as defaults: as the library's mapper would, which takes longer to
   * make than all that is read with it.
   *
   * @throws JacksonException where it is not TOML
   */
  public static ObjectNode tree(String toml) {
    try (JsonParser parser = TOML.createParser(ObjectReadContext.empty(), toml)) {
      parser.nextToken();
      return (ObjectNode) node(parser);
    }
  }

  private static JsonNode node(JsonParser parser) {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    return switch (parser.currentToken()) {
      case START_OBJECT -> {
        ObjectNode table = nodes.objectNode();
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
          String name = parser.currentName();
          parser.nextToken();
          table.set(name, node(parser));
        }
        yield table;
      }
      case START_ARRAY -> {
        ArrayNode array = nodes.arrayNode();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          array.add(node(parser));
        }
        yield array;
      }
      case VALUE_NUMBER_INT ->
          switch (parser.getNumberType()) {
            case INT -> nodes.numberNode(parser.getIntValue());
            case LONG -> nodes.numberNode(parser.getLongValue());
            default -> nodes.numberNode(parser.getBigIntegerValue());
          };
      case VALUE_NUMBER_FLOAT ->
          parser.getNumberType() == JsonParser.NumberType.BIG_DECIMAL
              ? nodes.numberNode(parser.getDecimalValue())
              : nodes.numberNode(parser.getDoubleValue());
      case VALUE_TRUE, VALUE_FALSE -> nodes.booleanNode(parser.getBooleanValue());
      default -> nodes.stringNode(parser.getString()); // dates, too
    };
  }

  private static ObjectNode parse(String file, String text) {
    try {
      return tree(text);
    } catch (JacksonException e) {
      TokenStreamLocation location = e.getLocation();
      throw new Failure(
              Failure.Kind.INVALID,
              "%s:%d: this is not TOML: %s."
                  .formatted(
                      file,
                      location == null ? 1 : Math.max(1, location.getLineNr()),
                      e.getOriginalMessage()),
              "Correct that line; https://toml.io shows the form.")
          .exception(e);
    }
  }

  private static String text(Path file) {
    try {
      if (Files.size(file) > MAX_SIZE) {
        throw new Failure(
                Failure.Kind.INVALID,
                file + " is larger than 1 MiB.",
                "Name the TOML file, not another one.")
            .exception();
      }
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new Failure(
              Failure.Kind.NOT_FOUND,
              "There is no " + file + ".",
              "Change to the folder that has it, or give its path.")
          .exception(e);
    } catch (java.nio.charset.CharacterCodingException e) {
      throw new Failure(
              Failure.Kind.INVALID, file + " is not UTF-8 text.", "Save it as UTF-8 text.")
          .exception(e);
    } catch (IOException e) {
      throw IoFailure.of("read", file, e);
    }
  }
}
