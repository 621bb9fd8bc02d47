package dev.diver.deploy.machine;

import dev.diver.kernels.failure.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The daemon that serves a folder of the host to a machine as a virtio file system.
 *
 * @param path of the program, absolute
 * @param dialect how it wants its options
 */
public record Virtiofsd(Path path, Dialect dialect) {

  /** The program's name. */
  public static final String PROGRAM = "virtiofsd";

  /** The shell command that installs it. */
  public static final String INSTALL =
      "sudo apt-get install -y qemu-system-common || sudo apt-get install -y virtiofsd";

  /** There are two programs of this name. */
  public enum Dialect {
    /** QEMU's own, in C, up to 7.2. */
    QEMU,
    /** Its successor, in Rust. */
    RUST
  }

  /** Where distributions put it: it is not for people, so not on PATH. */
  private static final List<Path> USUAL =
      List.of(Path.of("/usr/lib/qemu", PROGRAM), Path.of("/usr/libexec", PROGRAM));

  /** The folder, the place where it is read-only, and the command that serves that place. */
  private static final String READ_ONLY =
      "mkdir -p \"$2\"; mount --bind -- \"$1\" \"$2\"; mount -o remount,bind,ro -- \"$2\""
          + "; shift 2; exec \"$@\"";

  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private static final String UNSHARE = "unshare";

  /** The daemon on this host; empty where there is none. */
  public static Optional<Virtiofsd> look(Host host) {
    return Stream.concat(host.program(PROGRAM).stream(), USUAL.stream().filter(Files::isExecutable))
        .findFirst()
        .map(path -> new Virtiofsd(path, dialect(host, path)));
  }

  /** The same; MISSING where there is none. */
  public static Virtiofsd find(Host host) {
    return look(host)
        .orElseThrow(
            () ->
                new Failure(
                        Failure.Kind.MISSING,
                        "There is no " + PROGRAM + ", which shares folders with a machine.",
                        "Install it: " + INSTALL)
                    .exception());
  }

  /**
   * The command that serves a folder.
   *
   * @param socket at which the machine reaches it
   * @param readOnly whether the machine may only read, whatever it says
   */
  public CommandLine command(Host host, Path folder, Path socket, boolean readOnly) {
    boolean namespaces = mayMakeNamespaces(host);
    List<String> words = new ArrayList<>();
    if (readOnly && !namespaces) {
      throw new Failure(
              Failure.Kind.DENIED,
              folder
                  + " cannot be shared for reading only: this user may make no mount namespaces.",
              "Run Diver as root, or share a folder that the app may write to.")
          .exception();
    }
    Path served = folder;
    if (readOnly) {
      // a view of it that is read-only for whoever asks, in a mount namespace of its own
      served = Path.of(socket + ".view");
      words.addAll(List.of("--mount", "--propagation", "private", "sh", "-ec", READ_ONLY, "sh"));
      words.addAll(List.of(folder.toString(), served.toString(), path.toString()));
    }
    words.add("--socket-path=" + socket);
    switch (dialect) {
      case QEMU -> {
        words.addAll(List.of("-o", "source=" + served.toString().replaceAll("[\\\\,]", "\\\\$0")));
        words.addAll(List.of("-o", "sandbox=" + (namespaces ? "namespace" : "chroot")));
        words.addAll(List.of("-o", "log_level=err"));
      }
      case RUST -> {
        words.addAll(List.of("--shared-dir", served.toString()));
        words.addAll(List.of("--sandbox", namespaces ? "namespace" : "chroot"));
        words.addAll(List.of("--log-level", "error"));
      }
    }
    Path program = readOnly ? host.program(UNSHARE).orElse(Path.of(UNSHARE)) : path;
    return new CommandLine(
        program,
        words.stream().map(word -> new CommandLine.Option(word, Optional.empty())).toList());
  }

  private static Dialect dialect(Host host, Path path) {
    String answer =
        Remembered.answer(
            host.cache().resolve("virtiofsd-version"),
            Qemu.identity(path),
            false,
            () -> ask(List.of(path.toString(), "--version")).output());
    return answer.contains("FUSE kernel interface") ? Dialect.QEMU : Dialect.RUST;
  }

  /** Whether this user may make mount, process and network namespaces. */
  private static boolean mayMakeNamespaces(Host host) {
    String identity =
        System.getProperty("user.name") + " " + Qemu.identity(Path.of("/proc/self/ns/mnt"));
    String answer =
        Remembered.answer(
            host.cache().resolve("namespaces"),
            identity,
            false,
            () ->
                host.program(UNSHARE)
                    .map(u -> ask(List.of(u.toString(), "-m", "-n", "-p", "-f", "true")))
                    .filter(run -> run.status().equals(Optional.of(0)))
                    .map(_ -> "yes")
                    .orElse("no"));
    return answer.equals("yes");
  }

  private static ShortRun ask(List<String> command) {
    try {
      return ShortRun.of(command, DEADLINE);
    } catch (IOException e) {
      return new ShortRun(Optional.empty(), "");
    } catch (InterruptedException e) {
      throw Interruptions.interrupted("asking " + command.getFirst(), e);
    }
  }
}
