package dev.diver.kernels.net;

import dev.diver.kernels.confine.CommandOutput;
import dev.diver.kernels.failure.Failure;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A command of a net.toml, which is the project's own: it runs in the project's folder with the
 * user's environment, and may do what the user may.
 *
 * @param net whose command it is
 * @param stage of the net's table, {@code build} or {@code test}
 * @param words program and arguments
 * @param output where both output streams go, untouched
 * @param environment of the command, whose PATH finds its programs
 */
record NetCommand(
    Net net, String stage, List<String> words, Redirect output, Map<String, String> environment) {

  /** Runs it; MISSING, with the Debian package, where a tool is missing; FAILED where it fails. */
  void run() {
    int status;
    try {
      status = await(process().start());
    } catch (IOException e) {
      throw new Failure(
              Failure.Kind.FAILED,
              "Tried to run the %s of %s but failed: %s."
                  .formatted(stage, net.name(), e.getMessage()),
              "Look at " + stage + ".command in " + net.folder().resolve(Net.FILE) + ".")
          .exception(e);
    }
    if (status != 0) {
      throw failed(status).exception();
    }
  }

  /** With a slash in its name the program is the project's own, else one of PATH. */
  private ProcessBuilder process() {
    List<String> found = new ArrayList<>(words);
    String program = words.getFirst();
    if (!program.contains("/")) {
      found.set(
          0, BuildTools.find(program, searchPath()).orElseThrow(() -> missing(program)).toString());
    }
    ProcessBuilder process =
        CommandOutput.of(found, output)
            .directory(net.folder().toFile())
            .redirectInput(new File("/dev/null"));
    process.environment().clear();
    process.environment().putAll(environment);
    return process;
  }

  private String searchPath() {
    return environment.getOrDefault("PATH", "/usr/local/bin:/usr/bin:/bin");
  }

  private int await(Process process) {
    try {
      return process.waitFor();
    } catch (InterruptedException e) {
      process.descendants().forEach(ProcessHandle::destroy);
      process.destroy();
      Thread.currentThread().interrupt();
      throw new Failure(
              Failure.Kind.INTERRUPTED, "The " + stage + " was interrupted.", "Repeat the command.")
          .exception(e);
    }
  }

  private Failure failed(int status) {
    if (words.getFirst().equals("make")) {
      Map<String, String> missing = BuildTools.missing(process(), searchPath());
      if (!missing.isEmpty()) {
        return missing(missing);
      }
    }
    return new Failure(
        Failure.Kind.FAILED,
        "The %s of %s failed: %s ended with status %d."
            .formatted(stage, net.name(), String.join(" ", words), status),
        "Its own messages say why.");
  }

  private RuntimeException missing(String program) {
    return BuildTools.packageOf(program)
        .map(debian -> missing(Map.of(program, debian)))
        .orElseGet(
            () ->
                new Failure(
                    Failure.Kind.MISSING,
                    "To %s %s, this machine lacks %s.".formatted(stage, net.name(), program),
                    "Install it, or change " + stage + ".command in net.toml."))
        .exception();
  }

  private Failure missing(Map<String, String> packages) {
    return new Failure(
        Failure.Kind.MISSING,
        "To %s %s, this machine lacks %s."
            .formatted(stage, net.name(), String.join(", ", packages.keySet())),
        "Install it: sudo apt-get install "
            + String.join(" ", packages.values().stream().distinct().sorted().toList())
            + ".");
  }
}
