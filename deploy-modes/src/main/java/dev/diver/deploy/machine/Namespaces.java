package dev.diver.deploy.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Linux namespaces (namespaces(7)), in which a process sees a file tree of its own. */
public final class Namespaces {

  private static final String PROGRAM = "unshare";
  private static final Duration DEADLINE = Duration.ofSeconds(5);

  private Namespaces() {}

  /** Whether this process is root's. */
  public static boolean isRoot() {
    try {
      return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether this user may make them; tried, and remembered for this boot of the host. */
  public static boolean allowed(Host host) {
    Optional<Path> program = host.program(PROGRAM);
    return program.isPresent()
        && Remembered.answer(
                host.cache().resolve("namespaces"),
                key(),
                false,
                () -> succeeds(command(program.get(), List.of("true"))) ? "yes" : "no")
            .equals("yes");
  }

  /**
   * The command, in a mount namespace of its own; for others than root in a user namespace, too, in
   * which the user is who they are, but may mount.
   */
  static List<String> within(Host host, List<String> command) {
    return command(host.program(PROGRAM).orElse(Path.of(PROGRAM)), command);
  }

  private static List<String> command(Path program, List<String> command) {
    List<String> words = new ArrayList<>(List.of(program.toString()));
    if (!isRoot()) {
      words.addAll(List.of("--user", "--map-current-user", "--keep-caps"));
    }
    words.addAll(List.of("--mount", "--propagation", "private"));
    words.addAll(command);
    return words;
  }

  private static String key() {
    String user = System.getProperty("user.name");
    try {
      return user + " " + Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    } catch (IOException e) {
      return user;
    }
  }

  private static boolean succeeds(List<String> command) {
    try {
      return ShortRun.of(command, DEADLINE).status().equals(Optional.of(0));
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      throw Interruptions.interrupted("trying namespaces", e);
    }
  }
}
