package dev.diver.deploy.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What stands in {@code ${{ }}} in arguments, variables and paths, as in GitHub's workflows. */
final class Expressions {

  static final String ITEM = "item";
  static final String INDEX = "index";
  static final String INPUT = "input.";
  static final String OUTPUT = "output.";

  private static final String BEGIN = "${{";
  private static final Pattern FORM = Pattern.compile("\\$\\{\\{\\s*(.*?)\\s*}}");

  private Expressions() {}

  /** The names that a text asks for. */
  static List<String> in(String text) {
    return FORM.matcher(text).results().map(found -> found.group(1)).toList();
  }

  /** Whether each that begins in a text ends in it. */
  static boolean areClosed(String text) {
    return !FORM.matcher(text).replaceAll("").contains(BEGIN);
  }

  /** The text with each name replaced by its value. */
  static String filled(String text, UnaryOperator<String> value) {
    return FORM.matcher(text)
        .replaceAll(found -> Matcher.quoteReplacement(value.apply(found.group(1))));
  }

  /** The names that a stage knows. */
  static List<String> known(Stage stage) {
    List<String> known = new ArrayList<>();
    stage.inputs().keySet().forEach(name -> known.add(INPUT + name));
    stage.outputs().keySet().forEach(name -> known.add(OUTPUT + name));
    stage.streams().forEach(name -> known.add(OUTPUT + name));
    if (stage.scatter().isPresent()) {
      known.addAll(List.of(ITEM, INDEX));
    }
    return known;
  }
}
