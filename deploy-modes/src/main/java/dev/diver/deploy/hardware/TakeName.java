package dev.diver.deploy.hardware;

import dev.diver.deploy.machine.ShellWords;
import dev.diver.deploy.machine.Step;
import dev.diver.deploy.node.Answer;
import dev.diver.deploy.node.Node;
import dev.diver.kernels.failure.Failure;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Makes the dive's folder on the node, by which its name is taken there, and puts the kernel's
 * command line into it.
 *
 * @param node where
 * @param folder on the node
 * @param commandLine a file of this machine
 */
record TakeName(Node node, Path folder, Path commandLine) implements Step {

  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final int TAKEN = 76;

  private static final String SCRIPT =
      """
      [ "$(id -u)" = 0 ] || exit 77
      umask 077
      mkdir -p "${1%/*}" || exit 1
      mkdir "$1" 2>/dev/null || exit 76
      cat >"$1/command-line"
      """;

  @Override
  public void carryOut() throws IOException {
    Answer answer;
    try {
      answer = node.ask(words(), Optional.of(commandLine), DEADLINE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.INTERRUPTED, "The dive was interrupted.", "Start it again.")
          .exception(e);
    }
    int status = answer.status().orElse(1);
    if (status == TAKEN) {
      throw taken();
    }
    if (status == Node.NOT_ROOT) {
      throw node.notRoot().exception();
    }
    if (status != 0) {
      throw new Failure(
              Failure.Kind.FAILED,
              "The folder "
                  + folder
                  + " cannot be made on "
                  + node.name()
                  + ": "
                  + answer.complaint()
                  + ".",
              "Make /run writable there for root.")
          .exception();
    }
  }

  private RuntimeException taken() {
    String name = String.valueOf(folder.getFileName());
    return new Failure(
            Failure.Kind.CONFLICT,
            "There is a dive \"" + name + "\" on " + node.name() + " already.",
            "Choose another --name, or end and remove that one: diver stop --rm "
                + node.address().map(address -> "--host " + address + " ").orElse("")
                + name)
        .exception();
  }

  private List<String> words() {
    return Node.script(SCRIPT, List.of(folder.toString()));
  }

  @Override
  public String toShell() {
    return node.command(words()).toShell() + " <" + ShellWords.quote(commandLine.toString());
  }

  @Override
  public Optional<String> undo() {
    return Optional.of(
        ShellWords.join(node.command(List.of("rm", "-rf", folder.toString())).words()));
  }
}
