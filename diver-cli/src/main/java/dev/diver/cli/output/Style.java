package dev.diver.cli.output;

/** How a word looks on a terminal that has colours (ECMA-48, SGR). */
public enum Style {
  BOLD("1"),
  DIM("2"),
  RED("1;31"),
  GREEN("1;32"),
  YELLOW("1;33"),
  CYAN("1;36");

  private final String parameters;

  Style(String parameters) {
    this.parameters = parameters;
  }

  /** The text in this style, or as it is where there are no colours. */
  public String of(String text, boolean color) {
    return color ? "\u001b[" + parameters + "m" + text + "\u001b[0m" : text;
  }
}
