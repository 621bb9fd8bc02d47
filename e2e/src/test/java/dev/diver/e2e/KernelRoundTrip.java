package dev.diver.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What becomes of a kernel that somebody else made: imported and dived by one user, published,
 * pulled and dived by another.
 *
 * <p>The commands run in this process, as the test is about kernels, not about starting Diver.
 *
 * @param publisher who has the kernel's file
 * @param user who has only the catalog
 */
public record KernelRoundTrip(Shell publisher, Shell user) {

  private static final JsonMapper JSON = new JsonMapper();

  /** What a dive came to. */
  public record Dive(JsonNode outcome, Shell.Result result) {

    /** Checks a {@code status N} or a kind of outcome, and Diver's exit status for it. */
    public void expect(String verdict) {
      String kind = verdict.startsWith("status ") ? "exited" : verdict;
      assertEquals(kind, outcome.at("/kind").asString(), this::toString);
      int status =
          switch (kind) {
            case "exited" -> Integer.parseInt(verdict.substring("status ".length()));
            case "timed-out" -> 124;
            default -> 125;
          };
      Expect.status(status, result);
    }

    public void printed(String text) {
      assertTrue(result.text().contains(text), this::toString);
    }

    @Override
    public String toString() {
      return outcome + "\n" + result;
    }
  }

  /** Imports a file as NAME; options as for {@code kernel import}. Returns the kernel.toml made. */
  public Path imported(Path file, String name, String... options) {
    List<String> words =
        new ArrayList<>(List.of("kernel", "import", file.toString(), "--name", name + ":1"));
    words.addAll(Arrays.asList(options));
    Expect.success(publisher.diverHere(words.toArray(String[]::new)));
    return publisher.folder().resolve(name).resolve("kernel.toml");
  }

  /** Imports a tiny kernel under its own name, and says what nobody can see from outside. */
  public void imported(TinyKernel kernel, String... options) throws IOException {
    Path spec = imported(kernel.path(), kernel.name(), options);
    corrected(spec, toml -> corrected(toml, kernel));
  }

  /** What its ends mean, and how long it may be silent. */
  private static String corrected(String toml, TinyKernel kernel) {
    String patient = kernel.says().isEmpty() ? withLine(toml, "boot", "up-within", "\"2s\"") : toml;
    return withTable(patient, "exit", kernel.exit());
  }

  /** Does what a publisher does who knows the kernel better than its import: edits, and packs. */
  void corrected(Path spec, UnaryOperator<String> edit) throws IOException {
    Files.writeString(spec, edit.apply(Files.readString(spec)));
    Expect.success(publisher.diverHere("kernel", "package", String.valueOf(spec.getParent())));
  }

  /** With an inline table in the place of the table of that name and its own tables. */
  static String withTable(String toml, String table, String content) {
    String others = toml.replaceAll("(?ms)^\\[" + table + "(\\.[^]]+)?]$.*?(?=^\\[|\\z)", "");
    return table + " = { " + content + " }\n" + others;
  }

  /** With a line put in the place of the key's own, or at the start of the table. */
  static String withLine(String toml, String table, String key, String value) {
    String header = "[" + table + "]\n";
    int at = toml.indexOf(header) + header.length();
    assertTrue(toml.contains(header), () -> "no " + header + " in\n" + toml);
    String own = toml.substring(at).replaceFirst("(?m)^" + key + " = [^\n]*\n", "");
    return toml.substring(0, at) + key + " = " + value + "\n" + own;
  }

  public Dive divedByPublisher(String name, String... more) throws IOException {
    return dived(publisher, name, more);
  }

  /** Publishes, pulls, and dives what was pulled. */
  public Dive divedByUser(String name, String... more) throws IOException {
    Expect.success(publisher.diverHere("publish", name));
    Expect.success(user.diverHere("pull", name + ":1"));
    return dived(user, name, more);
  }

  private static Dive dived(Shell who, String name, String... more) throws IOException {
    Path report = Files.createTempFile("report", ".json");
    try {
      Shell.Result result =
          who.diverHere(
              Stream.concat(
                      Stream.of(
                          "dive", "--kernel", name + ":1", "--report-file", report.toString()),
                      Stream.of(more))
                  .toArray(String[]::new));
      byte[] json = Files.readAllBytes(report);
      assertTrue(json.length > 0, () -> "no report: " + result);
      return new Dive(JSON.readTree(json).at("/outcome"), result);
    } finally {
      Files.delete(report);
    }
  }
}
