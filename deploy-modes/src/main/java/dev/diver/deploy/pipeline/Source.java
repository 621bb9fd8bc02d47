package dev.diver.deploy.pipeline;

import java.util.List;

/**
 * What an input is fed by: an output of a stage, or a file.
 *
 * @param owner the stage's name, or the file's path where it is one
 * @param output {@link Stage#STDOUT} or a named output of the stage; empty for a file
 */
record Source(String owner, String output) {

  /** Reads {@code stage}, {@code stage.output}, or a path that begins with a dot or a slash. */
  static Source parse(String text) {
    if (isFile(text)) {
      return new Source(text, "");
    }
    int dot = text.indexOf('.');
    return dot < 0
        ? new Source(text, Stage.STDOUT)
        : new Source(text.substring(0, dot), text.substring(dot + 1));
  }

  private static boolean isFile(String text) {
    return List.of("/", "./", "../").stream().anyMatch(text::startsWith);
  }

  boolean isFile() {
    return output.isEmpty();
  }
}
