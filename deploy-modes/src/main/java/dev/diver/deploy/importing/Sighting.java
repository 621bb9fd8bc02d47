package dev.diver.deploy.importing;

import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What one boot showed.
 *
 * @param machine QEMU's machine with its options
 * @param end how it ended
 * @param lasted how long the machine ran
 * @param firstWord when it first printed, by the host's clock, to some 0.1 s
 * @param texts what it printed on which console; without what firmware and boot loaders print
 */
public record Sighting(
    String machine,
    End end,
    Duration lasted,
    Optional<Duration> firstWord,
    Map<Source, String> texts) {

  public Sighting {
    Map<Source, String> ordered = new EnumMap<>(Source.class);
    ordered.putAll(texts);
    texts = Collections.unmodifiableMap(ordered);
  }

  /** How a boot ended. */
  public sealed interface End {

    /** The kernel switched the machine off. */
    record PoweredOff() implements End {}

    /** The kernel reset the machine, or had a fault that it could not handle (a triple fault). */
    record Reset() implements End {}

    /**
     * The kernel wrote to a debug exit.
     *
     * @param value what it wrote, modulo 128
     * @param port that it wrote to
     */
    record DebugExit(int value, int port) implements End {}

    /**
     * It was still running when it was ended.
     *
     * @param state what its first core did then, as in {@code halted for good at panic+0x12}
     */
    record Running(String state) implements End {}

    /** The machine could not be made or failed; {@code why} is QEMU's or Diver's sentence. */
    record Failed(String why) implements End {}

    /** What kind of end it is, for programs. */
    default String word() {
      return switch (this) {
        case PoweredOff _ -> "power-off";
        case Reset _ -> "reset";
        case DebugExit _ -> "debug-exit";
        case Running _ -> "running";
        case Failed _ -> "failed";
      };
    }

    /** In a few words. */
    default String summary() {
      return switch (this) {
        case PoweredOff _ -> "powered off";
        case Reset _ -> "reset the machine";
        case DebugExit(int value, int port) ->
            "wrote %d to the debug exit at 0x%x".formatted(value, port);
        case Running(String state) -> "ran on, " + state;
        case Failed(String why) -> "did not start: " + why;
      };
    }
  }

  private static final int QUOTED = 80;

  /** A console that a kernel may print on. */
  public enum Source {
    SERIAL("the first serial line"),
    DEBUGCON("the debug console (port 0xe9)"),
    SCREEN("the screen (VGA text)"),
    SECOND_SERIAL("the second serial line");

    private final String words;

    Source(String words) {
      this.words = words;
    }

    /** For people. */
    public String words() {
      return words;
    }

    /** For programs. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** Whether it printed anything. */
  public boolean spoke() {
    return !texts.isEmpty();
  }

  /** QEMU's machine without options. */
  public String type() {
    return machine.split(",", 2)[0];
  }

  /**
   * How well it went, to choose between machines: a kernel that says something and ends in order is
   * more than one that says something, and that is more than one that ends without a word.
   */
  int rank() {
    int order =
        switch (end) {
          case End.PoweredOff _, End.DebugExit _ -> 3;
          case End.Running _ -> 2;
          case End.Reset _ -> 1;
          case End.Failed _ -> 0;
        };
    return (spoke() ? 4 : 0) + order;
  }

  /** Whether the kernel ran there, as far as this boot tells. */
  boolean ran() {
    return spoke() || end instanceof End.PoweredOff || end instanceof End.DebugExit;
  }

  /** Which machine and what happened, in a sentence without its full stop. */
  public String summary() {
    String said = spoke() ? "printed and " : "printed nothing and ";
    return type()
        + ": "
        + (end instanceof End.Failed ? end.summary() : said + end.summary())
        + " (%.1f s)".formatted(lasted.toMillis() / 1000.0);
  }

  /** The first line with a letter or a digit in it, quoted. */
  public static String firstLine(String text) {
    return quoted(
        text.lines()
            .filter(line -> line.chars().anyMatch(Character::isLetterOrDigit))
            .findFirst()
            .orElse(text));
  }

  /** A line of a kernel's, so that it can stand anywhere. */
  static String quoted(String text) {
    String line = text.strip().replaceAll("[\\p{Cc}\\p{Cf}]", " ");
    return "\"" + (line.length() > QUOTED ? line.substring(0, QUOTED) + "…" : line) + "\"";
  }
}
