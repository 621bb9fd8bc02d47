package dev.diver.deploy.node;

import dev.diver.deploy.machine.CommandLine;
import dev.diver.deploy.machine.Host;
import dev.diver.deploy.machine.Step;
import dev.diver.kernels.failure.Failure;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A machine whose Linux Diver uses. */
public sealed interface Node permits ThisMachine, SshNode {

  /** As which a script ends where the user there is not root. */
  int NOT_ROOT = 77;

  /** For people, in the middle of a sentence. */
  String name();

  /** As {@code --host} takes it; empty for this machine. */
  Optional<String> address();

  /** What runs these words there, with the standard streams of the process that it becomes. */
  CommandLine command(List<String> words);

  /**
   * The same, and whatever reaching the node has to say for itself goes to a file.
   *
   * @param log made where there is something to say
   */
  CommandLine command(List<String> words, Path log);

  /** Where this file is on the node, once {@link #bring} is done. */
  Path place(Path file);

  /** What brings these files there, each content once. */
  List<Step> bring(List<Path> files);

  /**
   * Runs a command there that ends soon.
   *
   * @param input what it reads; empty for nothing
   * @param deadline after which it is given up
   * @throws dev.diver.kernels.failure.DiverException UNAVAILABLE or DENIED where the node cannot be
   *     reached, FAILED where the command took too long
   */
  Answer ask(List<String> words, Optional<Path> input, Duration deadline)
      throws InterruptedException;

  /**
   * Why the node was not reached, where a process of {@link #command} ended with this, and what it
   * ran ends with 128 at most.
   *
   * @param log as it was given to it
   */
  Optional<Failure> unreached(int status, Path log);

  /** Whether its files are this machine's. */
  default boolean isHere() {
    return address().isEmpty();
  }

  /** That the user there is not root. */
  default Failure notRoot() {
    return isHere()
        ? new Failure(
            Failure.Kind.DENIED,
            "You are not root, who alone can take cores and memory from Linux.",
            "Run Diver as root, as in: sudo -E diver, or name a host with --host.")
        : new Failure(
            Failure.Kind.DENIED,
            "The user on "
                + name()
                + " is not root, who alone can take cores and memory from Linux.",
            "Log in as root, as in --host ssh://root@HOST.");
  }

  /** The words that have a POSIX shell do the script, which gets the arguments as its own. */
  static List<String> script(String script, List<String> arguments) {
    List<String> words = new ArrayList<>(List.of("sh", "-c", script, "diver"));
    words.addAll(arguments);
    return words;
  }

  /**
   * The node of this address; INVALID where it is none.
   *
   * @param address {@code ssh://[USER@]HOST[:PORT]}; empty for this machine
   * @param host this machine
   */
  static Node at(Optional<String> address, Host host) {
    return address.isPresent()
        ? new SshNode(SshAddress.parse(address.get()), host)
        : new ThisMachine();
  }
}
