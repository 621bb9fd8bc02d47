package dev.diver.deploy.machine;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A program and its options, as data.
 *
 * @param program what to execute
 * @param options in the order in which they are given
 */
public record CommandLine(Path program, List<Option> options) {

  /**
   * One option.
   *
   * @param name with its dash, as in {@code -m}
   * @param value empty for an option that takes none
   */
  public record Option(String name, Optional<String> value) {}

  public CommandLine {
    options = List.copyOf(options);
  }

  /** Whether it has an option of this name. */
  public boolean has(String name) {
    return options.stream().anyMatch(option -> option.name().equals(name));
  }

  /** The words as {@code exec} takes them, the program first. */
  public List<String> words() {
    List<String> words = new ArrayList<>();
    words.add(program.toString());
    for (Option option : options) {
      words.add(option.name());
      option.value().ifPresent(words::add);
    }
    return words;
  }

  /** One option on each line, quoted for a POSIX shell. */
  public String toShell() {
    StringBuilder shell = new StringBuilder(ShellWords.quote(program.toString()));
    for (Option option : options) {
      shell.append(" \\\n  ").append(ShellWords.quote(option.name()));
      option.value().ifPresent(value -> shell.append(' ').append(ShellWords.quote(value)));
    }
    return shell.toString();
  }
}
