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

  /** Of the words behind it, $1 is the folder and $2 a view of it that nobody can write to. */
  private static final String VIEW =
      "mkdir -p \"$2\"; mount --bind -- \"$1\" \"$2\"; mount -o remount,bind,ro -- \"$2\"; ";

  /** QEMU's daemon insists on a file in /run, where only root may write. */
  private static final String OWN_RUN = "mount -t tmpfs none /run; ";

  private static final String EXECUTE = "shift 2; exec \"$@\"";

  private static final Duration DEADLINE = Duration.ofSeconds(10);

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
    boolean namespaces = Namespaces.allowed(host);
    if (!namespaces && (readOnly || !Namespaces.isRoot())) {
      throw new Failure(
              Failure.Kind.DENIED,
              folder + " cannot be shared: this user may make no namespaces.",
              "Allow them (sudo sysctl user.max_user_namespaces=10000), or run Diver as root.")
          .exception();
    }
    Path served = readOnly ? Path.of(socket + ".view") : folder;
    List<String> words = new ArrayList<>(List.of(path.toString()));
    words.addAll(options(served, socket, namespaces));
    if (readOnly || !Namespaces.isRoot()) {
      List<String> prepared = new ArrayList<>(List.of("sh", "-ec"));
      prepared.add((Namespaces.isRoot() ? "" : OWN_RUN) + (readOnly ? VIEW : "") + EXECUTE);
      prepared.addAll(List.of("sh", folder.toString(), served.toString()));
      prepared.addAll(words);
      words = Namespaces.within(host, prepared);
    }
    return new CommandLine(
        Path.of(words.getFirst()),
        words.stream()
            .skip(1)
            .map(word -> new CommandLine.Option(word, Optional.empty()))
            .toList());
  }

  private List<String> options(Path served, Path socket, boolean namespaces) {
    String sandbox = namespaces ? "namespace" : "chroot";
    return switch (dialect) {
      case QEMU ->
          List.of(
              "--socket-path=" + socket,
              "-o",
              "source=" + served.toString().replaceAll("[\\\\,]", "\\\\$0"),
              "-o",
              "sandbox=" + sandbox,
              "-o",
              "log_level=err");
      case RUST ->
          List.of(
              "--socket-path=" + socket,
              "--shared-dir",
              served.toString(),
              "--sandbox",
              sandbox,
              "--log-level",
              "error");
    };
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
