package dev.diver.cli;

import dev.diver.cli.output.Shell;
import dev.diver.cli.output.Terminals;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a command line comes to when it is typed into a folder with nothing but these variables: the
 * real thing, in this process.
 */
public final class Typed {

  /** What came of it. */
  public record Result(int status, String out, String err) {}

  private final Path folder;
  private final Map<String, String> environment = new HashMap<>();
  private Terminals terminals = Terminals.NONE;
  private String input = "";

  /** In this folder, with Diver's data in {@code home} under it. */
  public Typed(Path folder) {
    this.folder = folder;
    environment.put("DIVER_HOME", folder.resolve("home").toString());
    environment.put("PATH", System.getenv("PATH"));
  }

  public Typed with(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  public Typed on(Terminals other) {
    terminals = other;
    return this;
  }

  public Typed reading(String text) {
    input = text;
    return this;
  }

  public Result run(String... words) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Shell shell =
        new Shell(
            new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
            out,
            err,
            terminals,
            environment,
            folder);
    int status = Main.run(List.of(words), shell);
    return new Result(
        status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }
}
