package dev.diver.deploy.vm;

import dev.diver.deploy.Outcome;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.spec.KernelSpec;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Reads the exit status from what a kernel prints: the convention {@code console-pattern}. */
final class ConsoleVerdict {

  /** A line longer than this is not looked at, in characters. */
  private static final int MAX_LINE = 4096;

  /** A pattern may look at so many characters, backtracking included; packages are not trusted. */
  private static final int MAX_STEPS = 20_000_000;

  private final Pattern pattern;
  private final KernelSpec.StatusCoding coding;

  private ConsoleVerdict(Pattern pattern, KernelSpec.StatusCoding coding) {
    this.pattern = pattern;
    this.coding = coding;
  }

  /** INVALID where the spec's pattern is missing or none. */
  static ConsoleVerdict of(KernelSpec.Exit exit) {
    try {
      Pattern pattern = Pattern.compile(exit.pattern().orElse(""));
      if (pattern.matcher("").groupCount() < 1) {
        throw unusable("has no group for the exit status");
      }
      return new ConsoleVerdict(pattern, exit.coding().orElse(KernelSpec.StatusCoding.DECIMAL));
    } catch (PatternSyntaxException e) {
      throw unusable("is no regular expression: " + e.getDescription());
    }
  }

  /** What the last line that matches says. */
  Optional<Outcome> find(String console) {
    Budget budget = new Budget(MAX_STEPS);
    try {
      return console
          .lines()
          .filter(line -> line.length() <= MAX_LINE)
          .map(line -> pattern.matcher(new Budgeted(line, budget)))
          .filter(Matcher::find)
          .reduce((first, last) -> last)
          .flatMap(match -> Optional.ofNullable(match.group(1)))
          .flatMap(this::decode);
    } catch (StackOverflowError e) {
      throw unusable("nests too deep to match"); // java.util.regex recurses over the line
    }
  }

  private Optional<Outcome> decode(String group) {
    try {
      return switch (coding) {
        case DECIMAL -> exited(Integer.parseInt(group));
        case WAIT_STATUS_HEX -> waitStatus(Integer.parseUnsignedInt(group, 16));
      };
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** As wait(2) codes it: a signal in bits 0 to 6, else the status in bits 8 to 15. */
  private static Optional<Outcome> waitStatus(int status) {
    int signal = status & 0x7f;
    return signal == 0
        ? exited((status >> 8) & 0xff)
        : Optional.of(
            new Outcome.Signalled(
                signal, Optional.empty(), Map.of(), Optional.empty(), Optional.empty()));
  }

  private static Optional<Outcome> exited(int status) {
    return status >= 0 && status <= 255
        ? Optional.of(new Outcome.Exited(status))
        : Optional.empty();
  }

  private static RuntimeException unusable(String why) {
    return new Failure(
            Failure.Kind.INVALID,
            "The kernel's exit pattern " + why + ".",
            "Correct [exit] pattern in its kernel.toml.")
        .exception();
  }

  private static final class Budget {
    int steps;

    Budget(int steps) {
      this.steps = steps;
    }
  }

  /** A line that can be looked at only so often. */
  private record Budgeted(String text, Budget budget) implements CharSequence {
    @Override
    public char charAt(int index) {
      if (budget.steps-- <= 0) {
        throw unusable("takes too long to match");
      }
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return text.substring(start, end);
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
