package dev.diver.cli.output;

import java.util.Map;
import java.util.Optional;

/**
 * Which of the standard streams are terminals, and how wide they are. The launcher finds out, since
 * Java can only ask by loading native code.
 *
 * @param in whether standard input is a terminal
 * @param out whether standard output is one
 * @param err whether standard error is one
 * @param columns the width; empty where there is no terminal or it does not say
 * @param color whether colours may be used on a terminal
 */
public record Terminals(
    boolean in, boolean out, boolean err, Optional<Integer> columns, boolean color) {

  /** No terminal at all: what a pipe and a test see. */
  public static final Terminals NONE = new Terminals(false, false, false, Optional.empty(), false);

  /** As the launcher says in {@code diver.terminals} and {@code diver.columns}. */
  static Terminals ofProcess(Map<String, String> environment) {
    String streams = System.getProperty("diver.terminals", "");
    String columns = System.getProperty("diver.columns", "");
    boolean noColor = !environment.getOrDefault("NO_COLOR", "").isEmpty();
    return new Terminals(
        streams.contains("in,"),
        streams.contains("out,"),
        streams.contains("err,"),
        columns.matches("[1-9][0-9]{0,3}")
            ? Optional.of(Integer.parseInt(columns))
            : Optional.empty(),
        !noColor && !environment.getOrDefault("TERM", "").equals("dumb"));
  }
}
