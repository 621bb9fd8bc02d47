package dev.diver.deploy.machine;

import java.util.Collection;
import java.util.stream.Collectors;

/** Quoting for a POSIX shell (POSIX.1-2017, Shell Command Language, 2.2.2 "Single-Quotes"). */
public final class ShellWords {

  private static final String PLAIN = "-_./,:=+@%";

  private ShellWords() {}

  /** The word as it is where nothing in it is special, else in single quotes. */
  public static String quote(String word) {
    boolean plain =
        !word.isEmpty()
            && word.chars()
                .allMatch(c -> PLAIN.indexOf(c) >= 0 || (c < 128 && Character.isLetterOrDigit(c)));
    return plain ? word : "'" + word.replace("'", "'\\''") + "'";
  }

  /** The words, quoted and parted by blanks. */
  public static String join(Collection<String> words) {
    return words.stream().map(ShellWords::quote).collect(Collectors.joining(" "));
  }
}
