package dev.diver.cli.output;

/**
 * Text that others wrote (catalogs, packages, guests), made safe for a terminal: control
 * characters, which could move the cursor or set colours, become question marks.
 */
public final class Plain {
  private Plain() {}

  /** Text of several lines; line ends and tabs stay. */
  public static String text(String foreign) {
    return replaced(foreign, true);
  }

  /** Text that must stay on one line. */
  public static String line(String foreign) {
    return replaced(foreign, false);
  }

  private static String replaced(String foreign, boolean lines) {
    StringBuilder plain = new StringBuilder(foreign.length());
    for (int i = 0; i < foreign.length(); i++) {
      char c = foreign.charAt(i);
      boolean kept = !Character.isISOControl(c) || (lines && (c == '\n' || c == '\t'));
      plain.append(kept ? c : '?');
    }
    return plain.toString();
  }
}
