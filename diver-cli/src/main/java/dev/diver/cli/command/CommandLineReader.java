package dev.diver.cli.command;

import dev.diver.cli.output.Shell;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Finds the verb that a command line starts with, parses the rest for it, and runs it. */
public final class CommandLineReader {

  static {
    // Each of these makes picocli look for classes that Diver does not have, through every jar.
    System.setProperty("picocli.disable.closures", "true");
    System.setProperty("picocli.converters.excludes", "java.sql.*,java.time.*");
  }

  private CommandLineReader() {}

  /** Runs a command line; returns Diver's exit status. */
  public static int run(List<String> arguments, Shell shell)
      throws IOException, InterruptedException {
    int start = 0;
    while (start < arguments.size() && isVerboseFlag(arguments.get(start))) {
      start++;
    }
    List<String> words = arguments.subList(start, arguments.size());
    String first = words.isEmpty() ? "help" : words.getFirst();
    switch (first) {
      case "--version", "-V" -> shell.print(Help.version());
      case "--help", "-h" -> shell.print(Help.overview(shell.colorOut()));
      case "help" ->
          shell.print(help(words.isEmpty() ? words : words.subList(1, words.size()), shell));
      default -> {
        return runVerb(words, shell);
      }
    }
    return 0;
  }

  /** Whether {@code --verbose} is among Diver's own arguments. */
  public static boolean isVerbose(List<String> arguments) {
    int dashes = arguments.indexOf("--");
    List<String> own = dashes < 0 ? arguments : arguments.subList(0, dashes);
    // behind a verb, -v is the verb's own
    return own.contains("--verbose") || (!own.isEmpty() && isVerboseFlag(own.getFirst()));
  }

  private static boolean isVerboseFlag(String argument) {
    return argument.equals("--verbose") || argument.equals("-v");
  }

  /** The verb with the longest name that these words start with. */
  static Optional<Verbs.Entry> find(List<String> words) {
    if (words.isEmpty()) {
      return Optional.empty();
    }
    return words.size() > 1
        ? Verbs.named(words.get(0) + " " + words.get(1)).or(() -> Verbs.named(words.getFirst()))
        : Verbs.named(words.getFirst());
  }

  private static int runVerb(List<String> words, Shell shell)
      throws IOException, InterruptedException {
    Optional<Verbs.Entry> found = find(words);
    if (found.isEmpty()) {
      return familyOrUnknown(words, shell);
    }
    Verbs.Entry entry = found.get();
    Verb verb = entry.verb().get();
    Page page = new Page(entry.name(), entry.summary());
    verb.describe(page);
    List<String> rest = words.subList(entry.name().contains(" ") ? 2 : 1, words.size());
    int dashes = page.takesAppArguments() ? rest.indexOf("--") : -1;
    List<String> own = dashes < 0 ? rest : rest.subList(0, dashes);
    List<String> app = dashes < 0 ? List.of() : rest.subList(dashes + 1, rest.size());
    CommandSpec spec = page.finished();
    ParseResult parsed = parse(entry, page, spec, own);
    if (parsed.isUsageHelpRequested()) {
      shell.print(Help.page(page, spec, shell));
      return 0;
    }
    Given given = new Given(parsed, rest, app);
    given.checkOutputFormat();
    return verb.run(given, shell);
  }

  private static ParseResult parse(
      Verbs.Entry entry, Page page, CommandSpec spec, List<String> arguments) {
    try {
      return new CommandLine(spec).parseArgs(arguments.toArray(String[]::new));
    } catch (MissingParameterException e) {
      throw usage(sentence(e), "See diver " + entry.name() + " --help.");
    } catch (UnmatchedArgumentException e) {
      String unmatched = e.getUnmatched().getFirst();
      if (!unmatched.startsWith("-")) {
        throw usage(
            "\"" + unmatched + "\" is one argument too many.",
            page.takesAppArguments()
                ? "Put -- before the app's own arguments."
                : "See diver " + entry.name() + " --help.");
      }
      List<String> options = new ArrayList<>();
      spec.options().forEach(option -> options.addAll(List.of(option.names())));
      String name = unmatched.split("=", 2)[0];
      throw usage(
          "diver " + entry.name() + " has no option " + name + ".",
          Suggestion.closest(name, options)
              .map(option -> "Did you mean " + option + "?")
              .orElse("See diver " + entry.name() + " --help."));
    } catch (ParameterException e) {
      throw usage(sentence(e), "See diver " + entry.name() + " --help.");
    }
  }

  private static String sentence(ParameterException e) {
    String message = String.valueOf(e.getMessage());
    return message.endsWith(".") ? message : message + ".";
  }

  /** {@code diver kernel} alone lists what can follow; anything else is a slip. */
  private static int familyOrUnknown(List<String> words, Shell shell) {
    String first = words.getFirst();
    List<Verbs.Entry> family = Verbs.family(first);
    if (family.isEmpty()) {
      throw unknown(first, Verbs.firstWords(), "See diver --help for what there is.");
    }
    boolean asksForHelp = words.size() == 1 || words.get(1).matches("-h|--help");
    if (asksForHelp) {
      shell.print(Help.family(first, family));
      return words.size() == 1 ? 2 : 0;
    }
    throw unknown(
        first + " " + words.get(1),
        family.stream().map(Verbs.Entry::name).toList(),
        "See diver " + first + " --help for what there is.");
  }

  private static String help(List<String> about, Shell shell) {
    if (about.isEmpty()) {
      return Help.overview(shell.colorOut());
    }
    Optional<Verbs.Entry> entry = find(about);
    if (entry.isPresent()) {
      Page page = entry.get().page();
      return Help.page(page, page.finished(), shell);
    }
    List<Verbs.Entry> family = Verbs.family(about.getFirst());
    if (family.isEmpty()) {
      throw unknown(about.getFirst(), Verbs.firstWords(), "See diver --help for what there is.");
    }
    return Help.family(about.getFirst(), family);
  }

  private static UsageException unknown(String typed, List<String> known, String otherwise) {
    return usage(
        "There is no command \"diver " + typed + "\".",
        Suggestion.closest(typed, known)
            .map(name -> "Did you mean \"diver " + name + "\"?")
            .orElse(otherwise));
  }

  private static UsageException usage(String what, String remedy) {
    return new UsageException(what, remedy);
  }
}
