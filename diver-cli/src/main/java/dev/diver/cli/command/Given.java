package dev.diver.cli.command;

import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.reference.KernelReference;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.ParseResult;

/**
 * What the user gave a verb.
 *
 * @param parsed its options and arguments
 * @param words all that followed the verb's name, as typed
 * @param appArguments what followed {@code --}
 */
public record Given(ParseResult parsed, List<String> words, List<String> appArguments) {

  /** Whether the flag was given. */
  public boolean has(String option) {
    return parsed.hasMatchedOption(option);
  }

  /** The value of an option that was given or has a default. */
  public Optional<String> value(String option) {
    return Optional.ofNullable(parsed.matchedOptionValue(option, null));
  }

  /** The values of an option that may be repeated. */
  public List<String> values(String option) {
    return parsed.matchedOptionValue(option, List.of());
  }

  /** The value of an option that counts something. */
  public Optional<Integer> number(String option) {
    return value(option).map(text -> wholeNumber(option, text));
  }

  /** The argument at this place, if it was given. */
  public Optional<String> argument(int place) {
    List<String> all = arguments();
    return place < all.size() ? Optional.of(all.get(place)) : Optional.empty();
  }

  /** The argument at this place, which the parser has required. */
  public String required(int place) {
    return argument(place).orElseThrow();
  }

  /** All arguments in their order. */
  public List<String> arguments() {
    return parsed.matchedPositionals().isEmpty()
        ? List.of()
        : parsed.matchedPositionals().stream()
            .flatMap(positional -> positional.stringValues().stream())
            .toList();
  }

  /** Whether the user wants JSON: {@code --json} or {@code -o json}. */
  public boolean wantsJson() {
    return has("--json") || value("--output").filter("json"::equals).isPresent();
  }

  /** Refuses a format that does not exist. */
  void checkOutputFormat() {
    value("--output")
        .filter(format -> !format.equals("json") && !format.equals("table"))
        .ifPresent(
            format -> {
              throw new UsageException(
                  "There is no output format \"" + format + "\".", "Use -o table or -o json.");
            });
  }

  /** The reference at this place, which the parser has required. */
  public KernelReference reference(int place) {
    return reference(required(place));
  }

  /** A reference as it was typed. */
  public static KernelReference reference(String typed) {
    try {
      return KernelReference.parse(typed);
    } catch (DiverException e) {
      throw new UsageException(e.failure().what(), e.failure().remedy());
    }
  }

  private static int wholeNumber(String option, String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException _) {
      throw new UsageException(
          "\"" + text + "\" is not a number for " + option + ".", "Give a whole number.");
    }
  }
}
