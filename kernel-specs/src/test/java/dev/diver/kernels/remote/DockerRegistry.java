package dev.diver.kernels.remote;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/** Debian's docker-registry on a loopback port, with a folder of its own. */
final class DockerRegistry implements AutoCloseable {

  static final Credential ALI = new Credential("ali", "open sesame");

  private static final Path PROGRAM = Path.of("/usr/bin/docker-registry");
  private static final String HTPASSWD =
      "ali:$2b$04$qQcZa56MG/LDlOFWm0mE/uhh1sknWI6WdIrpAXqpjv2EIRQhLG3wG\n";

  private final Process process;
  private final int port;

  private DockerRegistry(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  static DockerRegistry open(Path folder) throws IOException, InterruptedException {
    return start(folder, "");
  }

  /** One that lets nobody but {@link #ALI} in. */
  static DockerRegistry closed(Path folder) throws IOException, InterruptedException {
    Path users = Files.writeString(folder.resolve("htpasswd"), HTPASSWD);
    return start(folder, "auth:\n  htpasswd:\n    realm: test\n    path: " + users + "\n");
  }

  URI address() {
    return URI.create("http://127.0.0.1:" + port);
  }

  @Override
  public void close() {
    process.destroy();
    process.onExit().join();
  }

  private static DockerRegistry start(Path folder, String more)
      throws IOException, InterruptedException {
    if (!Files.isExecutable(PROGRAM)) {
      throw new AssertionError(
          PROGRAM + " is missing; this test runs against it: apt-get install docker-registry");
    }
    int port = freePort();
    Path config =
        Files.writeString(
            folder.resolve("config.yml"),
            """
            version: 0.1
            log:
              accesslog:
                disabled: true
            storage:
              filesystem:
                rootdirectory: %s
            http:
              addr: 127.0.0.1:%d
            %s\
            """
                .formatted(folder.resolve("data"), port, more));
    Process process =
        new ProcessBuilder(PROGRAM.toString(), "serve", config.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile())
            .start();
    DockerRegistry registry = new DockerRegistry(process, port);
    registry.awaitListening(folder.resolve("log"));
    return registry;
  }

  private void awaitListening(Path log) throws IOException, InterruptedException {
    Instant deadline = Instant.now().plus(Duration.ofSeconds(30));
    while (true) {
      try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
        return;
      } catch (IOException e) {
        if (!process.isAlive() || Instant.now().isAfter(deadline)) {
          close();
          throw new AssertionError("docker-registry does not start:\n" + Files.readString(log), e);
        }
        Thread.sleep(20);
      }
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
