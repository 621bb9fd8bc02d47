package dev.diver.cli.command;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * The help page of a verb and, being the same thing, its grammar. Built by hand rather than from
 * annotations, whose reading costs a small command most of its time.
 */
public final class Page {

  /** One example of a page: what it is for and the command line. */
  public record Example(String purpose, String command) {}

  private final CommandSpec spec;
  private final List<Example> examples = new ArrayList<>();
  private boolean takesAppArguments;
  private boolean takesJson;

  /** The page of the verb {@code name}, one or two words. */
  Page(String name, String summary) {
    spec = CommandSpec.create().name("diver " + name);
    spec.usageMessage()
        .header(escaped(summary), "")
        .sortOptions(false)
        .sortSynopsis(false)
        .synopsisHeading("Usage: ")
        .descriptionHeading("%n")
        .parameterListHeading("%nArguments:%n")
        .optionListHeading("%nOptions:%n")
        .showDefaultValues(false);
  }

  /** Paragraphs; a line break in the text is one on the page. */
  public Page description(String text) {
    spec.usageMessage().description(escaped(text.strip()).split("\n", -1));
    return this;
  }

  /** An example: {@code command} without the leading {@code diver}. */
  public Page example(String purpose, String command) {
    examples.add(new Example(purpose, "diver " + command));
    return this;
  }

  /** A flag, as in {@code --json} or {@code -d, --detach}. */
  public Page flag(String names, String description) {
    spec.addOption(
        OptionSpec.builder(names.split(", "))
            .type(boolean.class)
            .description(escaped(description))
            .build());
    return this;
  }

  /** An option with a value, as in {@code -m, --memory}. */
  public Page option(String names, String label, String description) {
    spec.addOption(
        OptionSpec.builder(names.split(", "))
            .type(String.class)
            .paramLabel(label)
            .description(escaped(description))
            .build());
    return this;
  }

  /** An option that may be given several times. */
  public Page repeated(String names, String label, String description) {
    spec.addOption(
        OptionSpec.builder(names.split(", "))
            .type(List.class)
            .auxiliaryTypes(String.class)
            .paramLabel(label)
            .description(escaped(description))
            .build());
    return this;
  }

  /** A required argument. */
  public Page argument(String label, String description) {
    return positional(label, "1", String.class, description);
  }

  /** An argument that may be left out. */
  public Page optionalArgument(String label, String description) {
    return positional(label, "0..1", String.class, description);
  }

  /** Arguments in a number such as {@code 0..*} or {@code 1..*}. */
  public Page arguments(String label, String arity, String description) {
    return positional(label, arity, List.class, description);
  }

  private Page positional(String label, String arity, Class<?> type, String description) {
    spec.addPositional(
        PositionalParamSpec.builder()
            .type(type)
            .auxiliaryTypes(String.class)
            .arity(arity)
            .required(!arity.startsWith("0"))
            .paramLabel(label)
            .description(escaped(description))
            .build());
    return this;
  }

  /** An option that Diver gives itself; help does not show it. */
  public Page hidden(String name) {
    spec.addOption(OptionSpec.builder(name).type(String.class).hidden(true).build());
    return this;
  }

  /** {@code -o table|json} and {@code --json}. */
  public Page json() {
    takesJson = true;
    return this;
  }

  /** {@code --host ssh://…}. */
  public Page host(String description) {
    return option("--host", "ssh://[USER@]HOST[:PORT]", description);
  }

  /** {@code --catalog URL}. */
  public Page catalog() {
    return option(
        "--catalog",
        "URL",
        "the catalog; else DIVER_CATALOG, else config.toml, else http://127.0.0.1:7480");
  }

  /** What follows {@code --} belongs to the app. */
  public Page appArguments() {
    takesAppArguments = true;
    return this;
  }

  boolean takesAppArguments() {
    return takesAppArguments;
  }

  List<Example> examples() {
    return examples;
  }

  /** The finished grammar; called once, after the verb has described itself. */
  CommandSpec finished() {
    if (takesJson) {
      option("-o, --output", "FORMAT", "table (what people read) or json");
      flag("--json", "the same as -o json");
    }
    flag("--verbose", "on failure, show where in Diver it happened");
    spec.addOption(
        OptionSpec.builder("-h", "--help")
            .type(boolean.class)
            .usageHelp(true)
            .description("show this help")
            .build());
    return spec;
  }

  /** The lines under "Examples:". */
  String examplesText() {
    StringBuilder text = new StringBuilder("\nExamples:\n");
    for (Example example : examples) {
      text.append("  ").append(example.purpose()).append(":\n");
      text.append("    $ ").append(example.command()).append('\n');
    }
    return text.toString();
  }

  private static String escaped(String text) {
    return text.replace("%", "%%");
  }
}
