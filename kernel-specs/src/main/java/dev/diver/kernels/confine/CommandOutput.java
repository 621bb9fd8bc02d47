package dev.diver.kernels.confine;

import java.io.File;
import java.lang.ProcessBuilder.Redirect;
import java.util.ArrayList;
import java.util.List;

/** Where a command writes, both streams to one place. */
public final class CommandOutput {

  /**
   * Our standard error. The JDK knows no redirect for it, so the shell makes it: its file cannot be
   * opened by name where it is a socket, or a terminal of the user who became this one.
   */
  public static final Redirect STANDARD_ERROR = Redirect.appendTo(new File("/proc/self/fd/2"));

  private static final List<String> TO_STANDARD_ERROR =
      List.of("/bin/sh", "-c", "exec \"$@\" >&2", "sh");

  private CommandOutput() {}

  /** What runs these words with their output there. */
  public static ProcessBuilder of(List<String> words, Redirect output) {
    if (!output.equals(STANDARD_ERROR)) {
      return new ProcessBuilder(words).redirectOutput(output).redirectError(output);
    }
    List<String> wrapped = new ArrayList<>(TO_STANDARD_ERROR);
    wrapped.addAll(words);
    return new ProcessBuilder(wrapped)
        .redirectOutput(Redirect.INHERIT)
        .redirectError(Redirect.INHERIT);
  }
}
