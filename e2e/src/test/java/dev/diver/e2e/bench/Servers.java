package dev.diver.e2e.bench;

import dev.diver.e2e.Shell;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The catalog and Debian's docker-registry, each on a loopback port of its own.
 *
 * @param catalog {@code host:port}
 * @param registry {@code host:port}
 */
record Servers(String catalog, String registry, List<Process> processes) implements AutoCloseable {

  static Servers start(Shell shell) throws IOException, InterruptedException {
    int catalogPort = freePort();
    int registryPort = freePort();
    Path config = shell.folder().resolve("registry.yml");
    Files.writeString(
        config,
        """
        version: 0.1
        log:
          level: error
          accesslog:
            disabled: true
        storage:
          filesystem:
            rootdirectory: %s
        http:
          addr: 127.0.0.1:%d
        """
            .formatted(shell.folder().resolve("registry"), registryPort));
    Process catalog =
        shell.start(
            Shell.DIVER,
            "catalog",
            "serve",
            "--port",
            Integer.toString(catalogPort),
            "--data",
            shell.folder().resolve("catalog").toString());
    Process registry = shell.start("docker-registry", "serve", config.toString());
    Servers servers =
        new Servers(
            "127.0.0.1:" + catalogPort, "127.0.0.1:" + registryPort, List.of(catalog, registry));
    try {
      awaitListening(catalogPort, catalog);
      awaitListening(registryPort, registry);
      return servers;
    } catch (IOException e) {
      servers.close();
      throw e;
    }
  }

  @Override
  public void close() {
    processes.forEach(
        process -> {
          process.destroy();
          process.onExit().join();
        });
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static void awaitListening(int port, Process server)
      throws IOException, InterruptedException {
    while (true) {
      try {
        new Socket(InetAddress.getLoopbackAddress(), port).close();
        return;
      } catch (IOException notYet) {
        if (!server.isAlive()) {
          throw new IOException("the server ended with status " + server.exitValue(), notYet);
        }
        Thread.sleep(50);
      }
    }
  }
}
