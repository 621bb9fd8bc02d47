package dev.diver.deploy.vm;

/** A guest's text made fit for a terminal: nothing in it can move a cursor or set a title. */
final class Printable {

  private static final char REPLACEMENT = '\ufffd';

  private Printable() {}

  /** One line of at most this many characters. */
  static String line(String text, int most) {
    return lines(text.replace('\n', ' '), most);
  }

  /** The last {@code most} characters; line feeds and tabs stay. */
  static String lines(String text, int most) {
    String unix = text.replace("\r\n", "\n");
    StringBuilder clean = new StringBuilder(unix.substring(Math.max(0, unix.length() - most)));
    for (int i = 0; i < clean.length(); i++) {
      char c = clean.charAt(i);
      if (Character.isISOControl(c) && c != '\n' && c != '\t') {
        clean.setCharAt(i, REPLACEMENT);
      }
    }
    return clean.toString();
  }
}
