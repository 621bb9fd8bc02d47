package dev.diver.cli.command;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The script that started this process, if one did. */
final class Launcher {
  private Launcher() {}

  static Optional<String> path() {
    return Optional.ofNullable(System.getProperty("diver.launcher")).filter(p -> !p.isEmpty());
  }

  /** The repository that the launcher stands in. */
  static Optional<Path> home() {
    return path().map(path -> Path.of(path).toAbsolutePath().getParent());
  }

  /** The words that start Diver once more: the launcher, else this Java with its class path. */
  static List<String> command() {
    return path()
        .map(List::of)
        .orElseGet(
            () ->
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    "dev.diver.cli.Main"));
  }
}
