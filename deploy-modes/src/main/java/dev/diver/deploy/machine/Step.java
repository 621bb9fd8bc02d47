package dev.diver.deploy.machine;

import dev.diver.kernels.failure.Failure;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;

/** One thing to be done before the machine starts, as data: it is carried out or printed. */
public sealed interface Step {

  /** Does it. */
  void carryOut() throws IOException;

  /** The same as a command of a POSIX shell. */
  String toShell();

  /** Makes the folder and those above it. */
  record MakeFolder(Path folder) implements Step {
    @Override
    public void carryOut() throws IOException {
      Files.createDirectories(folder);
    }

    @Override
    public String toShell() {
      return "mkdir -p " + ShellWords.quote(folder.toString());
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
      return "ln -sfn "
          + ShellWords.quote(target.toString())
          + " "
          + ShellWords.quote(link.toString());
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
        boolean plain = c < 128 && (Character.isLetterOrDigit(c) || "/!._".indexOf(c) >= 0);
        escaped.append(plain ? String.valueOf(c) : String.format(Locale.ROOT, "\\%03o", (int) c));
      }
      return escaped.toString();
    }
  }

  /** A part of a file. */
  sealed interface Part {
    /** These bytes, each as the character of its value (ISO 8859-1). */
    record Text(String latin1) implements Part {}

    /** What this file holds. */
    record Content(Path source) implements Part {}
  }
}
