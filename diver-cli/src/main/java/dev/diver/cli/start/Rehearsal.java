package dev.diver.cli.start;

import dev.diver.cli.Main;
import dev.diver.cli.output.Shell;
import dev.diver.cli.output.Terminals;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Runs the common commands once, so that the JDK can record their classes in the start-up cache. What
 * is not rehearsed still works, only slower.
 */
public final class Rehearsal {
  private Rehearsal() {}

  public static void main(String[] none) {
    Shell shell =
        new Shell(
            InputStream.nullInputStream(),
            new ByteArrayOutputStream(),
            new ByteArrayOutputStream(),
            Terminals.NONE,
            Map.of(),
            Path.of("/"));
    List.of(List.of("--help"), List.of("--version"), List.of("completion", "--help"))
        .forEach(arguments -> Main.run(arguments, shell));
  }
}
