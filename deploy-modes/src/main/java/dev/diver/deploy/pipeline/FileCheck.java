package dev.diver.deploy.pipeline;

import dev.diver.kernels.document.FieldProblem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Whether each file that is read is there, each that is written has one writer, and nobody reads
 * one that another stage writes without waiting for that.
 */
final class FileCheck {

  /** Who writes a file; as text, what feeds an input with it. */
  private record Writer(String stage, String output) {
    @Override
    public String toString() {
      return output.equals(Stage.STDOUT) ? stage : stage + "." + output;
    }
  }

  private final Pipeline pipeline;
  private final List<FieldProblem> problems;
  private final Map<Path, Writer> writers = new HashMap<>();

  /** Adds what is wrong to {@code problems}; how often each stage runs was checked before. */
  FileCheck(Pipeline pipeline, List<FieldProblem> problems) {
    this.pipeline = pipeline;
    this.problems = problems;
  }

  void check() {
    pipeline.stages().forEach(this::writes);
    pipeline.stages().forEach(this::reads);
  }

  private void problem(String stage, String field, String what, String remedy) {
    problems.add(new FieldProblem("stages." + stage + "." + field, what, remedy));
  }

  /** A path of a stage in each of its runs. */
  private Stream<Path> paths(String name, String text) {
    List<String> items = pipeline.items(name);
    return IntStream.range(0, Math.max(1, items.size()))
        .mapToObj(i -> items.isEmpty() ? text : TaskGraph.filled(text, i, items.get(i)))
        .map(path -> pipeline.folder().resolve(path).normalize());
  }

  private void writes(String name, Stage stage) {
    Map<String, String> files = new LinkedHashMap<>(stage.outputs());
    stage.stdout().ifPresent(file -> stdout(name, file, files));
    files.forEach(
        (output, file) -> {
          Writer own = new Writer(name, output);
          paths(name, file)
              .flatMap(path -> Optional.ofNullable(writers.putIfAbsent(path, own)).stream())
              .findFirst()
              .ifPresent(other -> writtenTwice(own, file, other));
        });
  }

  private void stdout(String name, String file, Map<String, String> files) {
    files.put(Stage.STDOUT, file);
    if (paths(name, file).anyMatch(Files::isDirectory)) {
      problem(name, Stage.STDOUT, "is \"" + file + "\", a folder.", "Write the path of a file.");
    }
  }

  private void writtenTwice(Writer own, String file, Writer other) {
    boolean itself = own.equals(other);
    problem(
        own.stage,
        own.output.equals(Stage.STDOUT) ? own.output : "outputs." + own.output,
        "is \""
            + file
            + "\", which "
            + (itself ? "two of its runs write." : other + " writes, too."),
        itself ? "Put ${{ index }} into it." : "Give it another name.");
  }

  private void reads(String name, Stage stage) {
    for (Stage.Input input : stage.allInputs()) {
      for (Source source : input.feed().sources()) {
        if (source.isFile()) {
          read(name, input, source.owner());
        }
      }
    }
  }

  private void read(String name, Stage.Input input, String file) {
    Optional<Writer> writer =
        paths(name, file)
            .flatMap(path -> Optional.ofNullable(writers.get(path)).stream())
            .filter(one -> !isChangedInPlace(name, one))
            .findFirst();
    if (writer.isPresent()) {
      readTooEarly(name, input, file, writer.get());
    } else {
      boolean bytes = input.name().equals(Stage.STDIN) || input.feed().many();
      paths(name, file)
          .filter(path -> !Files.isReadable(path) || (bytes && Files.isDirectory(path)))
          .findFirst()
          .ifPresent(path -> unreadable(name, input, path));
    }
  }

  /** By a stage that opens both itself, and knows. */
  private static boolean isChangedInPlace(String reader, Writer writer) {
    return writer.stage.equals(reader) && !writer.output.equals(Stage.STDOUT);
  }

  private void readTooEarly(String name, Stage.Input input, String file, Writer writer) {
    boolean itself = writer.stage.equals(name);
    problem(
        name,
        input.field(),
        "is fed by the file \"%s\", which %s."
            .formatted(
                file,
                itself
                    ? "its stdout empties before it is read"
                    : writer.stage + " writes, and which might be read before"),
        itself
            ? "Give stdout another name."
            : "Write \"" + writer + "\" instead, which waits for it.");
  }

  private void unreadable(String name, Stage.Input input, Path path) {
    problem(
        name,
        input.field(),
        "is fed by the file \""
            + path
            + "\", which "
            + (Files.isDirectory(path) ? "is a folder." : "cannot be read."),
        "Write the path of a file, relative to the pipeline's folder.");
  }
}
