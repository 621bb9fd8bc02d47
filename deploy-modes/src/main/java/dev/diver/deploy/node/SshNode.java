package dev.diver.deploy.node;

import dev.diver.deploy.machine.CommandLine;
import dev.diver.deploy.machine.CommandLine.Option;
import dev.diver.deploy.machine.Host;
import dev.diver.deploy.machine.ShellWords;
import dev.diver.deploy.machine.Step;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import dev.diver.kernels.reference.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A machine behind ssh, as the user's OpenSSH configuration reaches it. Nobody is asked for a
 * password or a key's phrase. What is {@link #ask}ed goes over one connection, which ssh keeps for
 * a while. A process of {@link #command} has its own: where it is killed, the node learns of that,
 * while a kept connection would go on with its streams (OpenSSH 9.2, mux.c).
 */
public final class SshNode implements Node {

  /** What runs ssh, a command of a POSIX shell, as with git's GIT_SSH_COMMAND. */
  public static final String COMMAND = "DIVER_SSH";

  /** Files on the node, by their digest. */
  private static final Path FILES = Path.of("/var/cache/diver");

  /** ssh's own failures (ssh(1), EXIT STATUS). */
  private static final int SSH_FAILED = 255;

  /** From here on a signal has killed ssh; nothing that is run there ends so. */
  private static final int KILLED = 129;

  /**
   * A silent connection is given up after 15 s. What DIVER_SSH says goes before: ssh takes the
   * first value of an option.
   */
  private static final List<String> OPTIONS =
      List.of(
          "BatchMode=yes",
          "ConnectTimeout=10",
          "ServerAliveInterval=5",
          "ServerAliveCountMax=3",
          "LogLevel=ERROR");

  private static final String KEPT = "ControlPersist=30";

  /** Over a connection of its own. */
  private static final Option ALONE = new Option("-S", Optional.of("none"));

  /** sun_path of unix(7) holds 107 bytes; ssh adds a slash, its 40 of %C, and 17 for a moment. */
  private static final int MOST_CONTROL_FOLDER = 107 - 1 - 40 - 17;

  private final SshAddress address;
  private final Host host;
  private final Map<Path, Digest> digests = new ConcurrentHashMap<>();

  SshNode(SshAddress address, Host host) {
    this.address = address;
    this.host = host;
  }

  @Override
  public String name() {
    return address.destination() + address.port().map(port -> " (port " + port + ")").orElse("");
  }

  @Override
  public Optional<String> address() {
    return Optional.of(address.toString());
  }

  /** What a person types after {@code ssh} to get there. */
  String typed() {
    return address.port().map(port -> "-p " + port + " ").orElse("") + address.destination();
  }

  String hostName() {
    return address.port().isPresent()
        ? "'[" + address.sshHost() + "]:" + address.port().get() + "'"
        : address.sshHost();
  }

  @Override
  public CommandLine command(List<String> words) {
    return command(words, List.of(ALONE));
  }

  @Override
  public CommandLine command(List<String> words, Path log) {
    return command(words, List.of(log(log), ALONE));
  }

  private static Option log(Path file) {
    return new Option("-E", Optional.of(file.toString()));
  }

  /** Over the connection that is kept, which a command that is asked soon has ended with. */
  private CommandLine shared(List<String> words, Path log) {
    return controlFolder()
        .map(
            folder ->
                command(
                    words,
                    List.of(
                        new Option("-o", Optional.of("ControlMaster=auto")),
                        new Option("-o", Optional.of("ControlPath=" + folder + "/%C")),
                        new Option("-o", Optional.of(KEPT)),
                        log(log))))
        .orElseGet(() -> command(words, log));
  }

  private CommandLine command(List<String> words, List<Option> more) {
    String ssh = host.environment().getOrDefault(COMMAND, "").strip();
    List<Option> options = new ArrayList<>();
    if (!ssh.isEmpty()) {
      options.add(new Option("-c", Optional.of("exec " + ssh + " \"$@\"")));
      options.add(new Option("ssh", Optional.empty()));
    }
    options.add(new Option("-T", Optional.empty()));
    OPTIONS.forEach(option -> options.add(new Option("-o", Optional.of(option))));
    options.addAll(more);
    address.port().ifPresent(p -> options.add(new Option("-p", Optional.of(p.toString()))));
    address.user().ifPresent(user -> options.add(new Option("-l", Optional.of(user))));
    options.add(new Option("--", Optional.of(address.sshHost())));
    // the shell there is not to stay between
    options.add(new Option("exec " + ShellWords.join(words), Optional.empty()));
    return new CommandLine(ssh.isEmpty() ? client() : Path.of("/bin/sh"), options);
  }

  private Path client() {
    return host.program("ssh")
        .orElseThrow(
            () ->
                new Failure(
                        Failure.Kind.MISSING,
                        "There is no ssh on PATH, and " + name() + " is reached by it.",
                        "Install it: sudo apt-get install -y openssh-client")
                    .exception());
  }

  /** Where ssh keeps its connections; where the path is too long for a socket, it keeps none. */
  private Optional<Path> controlFolder() {
    Path folder = host.cache().resolve("ssh");
    String path = folder.toString();
    boolean fits =
        path.getBytes(StandardCharsets.UTF_8).length <= MOST_CONTROL_FOLDER
            && path.indexOf('%') < 0
            && path.indexOf(' ') < 0;
    return fits ? Optional.of(folder) : Optional.empty();
  }

  @Override
  public Path place(Path file) {
    Digest digest = digests.computeIfAbsent(file.toAbsolutePath(), SshNode::digest);
    return FILES.resolve(digest.hex()).resolve(file.getFileName());
  }

  @Override
  public List<Step> bring(List<Path> files) {
    return List.of(new Upload(this, files));
  }

  private static Digest digest(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return Digest.of(in);
    } catch (IOException e) {
      throw IoFailure.of("read", file, e);
    }
  }

  @Override
  public Answer ask(List<String> words, Optional<Path> input, Duration deadline)
      throws InterruptedException {
    try {
      makeControlFolder();
      Answer answer = Answer.of(log -> shared(words, log).words(), input, deadline);
      if (answer.status().isEmpty()) {
        throw new Failure(
                Failure.Kind.UNAVAILABLE,
                name() + " did not answer within " + deadline.toSeconds() + " seconds.",
                "See whether it is well: ssh " + typed() + " uptime")
            .exception();
      }
      if (answer.status().get() == SSH_FAILED) {
        throw UnreachedNode.failure(answer.errors(), this).exception();
      }
      return answer;
    } catch (IOException e) {
      throw new Failure(
              Failure.Kind.FAILED,
              "ssh cannot be run: " + e.getMessage() + ".",
              "Check " + COMMAND + " and the room in the folder for temporary files.")
          .exception(e);
    }
  }

  /** ssh makes no folder for its sockets. */
  void makeControlFolder() throws IOException {
    Optional<Path> folder = controlFolder();
    if (folder.isPresent() && !Files.isDirectory(folder.get())) {
      Files.createDirectories(
          folder.get(),
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
  }

  @Override
  public Optional<Failure> unreached(int status, Path log) {
    if (status < KILLED) {
      return Optional.empty();
    }
    if (status != SSH_FAILED) {
      String what = "ssh was killed by signal " + (status - KILLED + 1) + ".";
      return Optional.of(new Failure(Failure.Kind.UNAVAILABLE, what, "Start it again."));
    }
    try {
      String said = Files.exists(log) ? Files.readString(log) : "";
      return Optional.of(UnreachedNode.failure(said, this));
    } catch (IOException e) {
      return Optional.of(UnreachedNode.failure("", this));
    }
  }
}
