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
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.toml.TomlMapper;

/** Reads a TOML file into a record. */
public final class TomlFile {

  /** No file that a person writes is longer, in bytes. */
  private static final int MAX_SIZE = 1 << 20;

  private static final TomlMapper TOML = new TomlMapper();

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

  /** A tree from TOML text that is part of the program, such as defaults. */
  public static ObjectNode tree(String toml) {
    return (ObjectNode) TOML.readTree(toml);
  }

  private static ObjectNode parse(String file, String text) {
    try {
      return (ObjectNode) TOML.readTree(text);
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
