package dev.diver.cli.command;

import dev.diver.cli.output.Shell;
import java.io.IOException;

/** Something that a user can tell Diver to do. */
public interface Verb {

  /** Fills in the options, the arguments, and what {@code --help} says. */
  void describe(Page page);

  /**
   * Does it.
   *
   * @return the exit status of Diver
   */
  int run(Given given, Shell shell) throws IOException, InterruptedException;
}
