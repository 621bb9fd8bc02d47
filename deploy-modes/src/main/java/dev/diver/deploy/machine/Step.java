package dev.diver.deploy.machine;

import dev.diver.kernels.failure.Failure;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** One thing to be done before the machine starts, as data: it is carried out or printed. */
public interface Step {

  /** Does it. */
  void carryOut() throws IOException;

  /** The same as a command of a POSIX shell. */
  String toShell();

  /** What of it must not stay when the machine has ended, as a command that removes it. */
  default Optional<String> undo() {
    return Optional.empty();
  }

  /** Makes the folder and those above it. */
  record MakeFolder(Path folder) implements Step {
    @Override
    public void carryOut() throws IOException {
      Files.createDirectories(folder);
    }

    @Override
    public String toShell() {
      return ShellWords.join(List.of("mkdir", "-p", folder.toString()));
    }
  }

  /** Makes {@code link} a symbolic link to {@code target}; the same link again is no error. */
  record Link(Path link, Path target) implements Step {
    @Override
    public void carryOut() throws IOException {
      if (!Files.isSymbolicLink(link)) {
        Files.createSymbolicLink(link, target);
      }
      if (!Files.readSymbolicLink(link).equals(target)) {
        throw new Failure(
                Failure.Kind.CONFLICT,
                link + " exists and is not Diver's.",
                "Remove it, or set DIVER_HOME to a shorter path.")
            .exception();
      }
    }

    @Override
    public String toShell() {
      return ShellWords.join(List.of("ln", "-sfn", target.toString(), link.toString()));
    }
  }

  /** Makes a file of zeros that takes no room until it is written to; only its owner may use it. */
  record Reserve(Path file, long bytes) implements Step {
    @Override
    public void carryOut() throws IOException {
      Files.deleteIfExists(file);
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
        open.setLength(bytes);
      }
    }

    @Override
    public String toShell() {
      String name = ShellWords.quote(file.toString());
      return "rm -f " + name + "; (umask 077; truncate -s " + bytes + " " + name + ")";
    }

    @Override
    public Optional<String> undo() {
      return Optional.of("rm -f " + ShellWords.quote(file.toString()));
    }
  }

  /** Copies a file; what was at {@code target} is replaced. */
  record Copy(Path source, Path target) implements Step {
    @Override
    public void carryOut() throws IOException {
      Files.copy(source, target, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public String toShell() {
      return ShellWords.join(List.of("cp", source.toString(), target.toString()));
    }
  }

  /** Moves a file within its file system; what was at {@code target} is replaced at once. */
  record Move(Path source, Path target) implements Step {
    @Override
    public void carryOut() throws IOException {
      Files.move(source, target, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public String toShell() {
      return ShellWords.join(List.of("mv", source.toString(), target.toString()));
    }
  }

  /**
   * Runs a command that ends within a minute; FAILED with its last line where it does not do it.
   */
  record Run(CommandLine command) implements Step {

    private static final Duration DEADLINE = Duration.ofMinutes(1);

    @Override
    public void carryOut() throws IOException {
      String program = String.valueOf(command.program().getFileName());
      try {
        ShortRun run = ShortRun.of(command.words(), DEADLINE);
        if (run.status().isEmpty() || run.status().get() != 0) {
          throw new Failure(
                  Failure.Kind.FAILED,
                  program + " failed: " + (run.status().isEmpty() ? "too slow" : run.lastLine()),
                  "See the whole command with --dry-run, and try it by itself.")
              .exception();
        }
      } catch (InterruptedException e) {
        throw Interruptions.interrupted("waiting for " + program, e);
      }
    }

    @Override
    public String toShell() {
      return command.toShell() + " >/dev/null 2>&1";
    }
  }

  /**
   * Makes a file of a cache, where it is not there yet. The folder keeps the newest of its files.
   *
   * @param file that the steps make
   * @param steps in order
   */
  record Once(Path file, List<Step> steps) implements Step {

    private static final int KEPT = 32;

    public Once {
      steps = List.copyOf(steps);
    }

    @Override
    public void carryOut() throws IOException {
      if (Files.exists(file)) {
        Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
        return;
      }
      Path folder = folder();
      Files.createDirectories(folder);
      for (Step step : steps) {
        step.carryOut();
      }
      try (Stream<Path> files = Files.list(folder)) {
        List<Path> old =
            files.sorted(Comparator.comparingLong(Once::age).reversed()).skip(KEPT).toList();
        for (Path path : old) {
          Files.deleteIfExists(path);
        }
      }
    }

    private Path folder() {
      return Optional.ofNullable(file.toAbsolutePath().getParent()).orElse(file);
    }

    private static long age(Path file) {
      return file.toFile().lastModified(); // 0 where another process was faster
    }

    @Override
    public String toShell() {
      String folder = ShellWords.quote(folder().toString());
      List<String> lines = new ArrayList<>();
      lines.add("if [ ! -e " + ShellWords.quote(file.toString()) + " ]; then");
      lines.add("mkdir -p " + folder);
      steps.forEach(step -> lines.add(step.toShell()));
      lines.add("fi");
      return String.join("\n", lines);
    }
  }

  /** Writes a file from parts, one after the other. */
  record Concatenate(Path file, List<Part> parts) implements Step {
    public Concatenate {
      parts = List.copyOf(parts);
    }

    @Override
    public void carryOut() throws IOException {
      try (OutputStream out = Files.newOutputStream(file)) {
        for (Part part : parts) {
          switch (part) {
            case Part.Text(String latin1) ->
                out.write(latin1.getBytes(StandardCharsets.ISO_8859_1));
            case Part.Content(Path source) -> Files.copy(source, out);
          }
        }
      }
    }

    @Override
    public String toShell() {
      StringBuilder shell = new StringBuilder("{\n");
      for (Part part : parts) {
        switch (part) {
          case Part.Text(String latin1) ->
              shell.append("  printf '").append(escapes(latin1)).append("'\n");
          case Part.Content(Path source) ->
              shell.append("  cat ").append(ShellWords.quote(source.toString())).append('\n');
        }
      }
      return shell.append("} > ").append(ShellWords.quote(file.toString())).toString();
    }

    private static String escapes(String latin1) {
      StringBuilder escaped = new StringBuilder();
      for (int i = 0; i < latin1.length(); i++) {
        char c = latin1.charAt(i);
        boolean plain = c >= ' ' && c < 127 && "'%\\".indexOf(c) < 0;
        if (plain) {
          escaped.append(c);
        } else {
          escaped.append(c == '\n' ? "\\n" : String.format(Locale.ROOT, "\\%03o", (int) c));
        }
      }
      return escaped.toString();
    }
  }

  /** A part of a file. */
  sealed interface Part {
    /** These bytes, each as the character of its value (ISO 8859-1). */
    record Text(String latin1) implements Part {

      /** The bytes of this text in UTF-8. */
      public static Text utf8(String text) {
        return new Text(
            new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1));
      }
    }

    /** What this file holds. */
    record Content(Path source) implements Part {}
  }
}
