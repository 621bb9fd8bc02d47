package dev.diver.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.cli.Typed;
import dev.diver.cli.Typed.Result;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

class HelpTest {

  @TempDir Path folder;

  static Stream<String> verbs() {
    return Verbs.ALL.stream().map(Verbs.Entry::name);
  }

  @Test
  void theOverviewListsEveryVerb() {
    String overview = new Typed(folder).run("--help").out();
    assertTrue(Verbs.ALL.size() >= 25, "verbs were lost: " + Verbs.ALL.size());
    verbs().forEach(name -> assertTrue(overview.contains("\n  " + name + "  "), name));
    assertEquals(overview, new Typed(folder).run().out());
    assertEquals(overview, new Typed(folder).run("help").out());
  }

  @ParameterizedTest
  @MethodSource("verbs")
  void aPageHasEverySection(String name) {
    List<String> words = new ArrayList<>(List.of(name.split(" ")));
    words.add("--help");
    Result result = new Typed(folder).run(words.toArray(String[]::new));
    assertEquals(0, result.status());
    for (String part : List.of("Usage: diver " + name, "\nOptions:\n", "\nExamples:\n  ")) {
      assertTrue(result.out().contains(part), () -> part + " is not in\n" + result.out());
    }
    assertFalse(result.out().matches("(?s).*%[%n].*"), result.out()); // escapes of the formatter
    result.out().lines().forEach(line -> assertTrue(line.length() <= 130, line));
    assertEquals(
        result.out(),
        new Typed(folder).run(("help " + name).split(" ")).out(),
        "help COMMAND and COMMAND --help differ");
  }

  /** What the pages tell people to type is what the parser takes. */
  @ParameterizedTest
  @MethodSource("verbs")
  void everyExampleParses(String name) {
    Page page = Verbs.named(name).orElseThrow().page();
    assertFalse(page.examples().isEmpty(), name + " has no example");
    for (Page.Example example : page.examples()) {
      for (String part : example.command().split("[|<>]", -1)) {
        int start = part.indexOf("diver ");
        if (start >= 0) {
          parse(part.substring(start + "diver ".length()).strip().replace("'", ""));
        }
      }
    }
  }

  private static void parse(String command) {
    List<String> words = Arrays.asList(command.split(" +"));
    Verbs.Entry entry =
        CommandLineReader.find(words).orElseThrow(() -> new AssertionError(command));
    Page page = entry.page();
    List<String> rest = words.subList(entry.name().split(" ").length, words.size());
    int dashes = rest.indexOf("--");
    assertTrue(dashes < 0 || page.takesAppArguments(), command);
    boolean fromXargs = entry.name().matches("rm|stop") && rest.isEmpty();
    if (!fromXargs) {
      List<String> own = dashes < 0 ? rest : rest.subList(0, dashes);
      new CommandLine(page.finished()).parseArgs(own.toArray(String[]::new));
    }
  }
}
