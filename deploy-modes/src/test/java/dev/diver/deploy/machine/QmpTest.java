package dev.diver.deploy.machine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class QmpTest {

  private static final Duration DEADLINE = Duration.ofSeconds(10);

  @TempDir Path home;

  @Test
  void talksToQemu() throws Exception {
    Path socket = home.resolve("qmp.sock");
    Process qemu =
        new ProcessBuilder(
                Qemu.find(new Host(System.getenv(), home)).path().toString(),
                "-machine",
                "microvm",
                "-accel",
                "tcg,thread=multi",
                "-smp",
                "2",
                "-display",
                "none",
                "-S",
                "-qmp",
                "unix:" + socket + ",server=on,wait=off")
            .inheritIO()
            .start();
    BlockingQueue<Qmp.Event> events = new LinkedBlockingQueue<>();
    try (Qmp qmp = Qmp.connect(socket, DEADLINE, events::add)) {
      assertEquals("prelaunch", qmp.status());
      assertEquals(2, qmp.coreThreads().stream().distinct().count());
      for (long thread : qmp.coreThreads()) {
        assertTrue(Files.isDirectory(Path.of("/proc/" + qemu.pid() + "/task/" + thread)));
      }
      qmp.quit();
      Qmp.Event event = events.poll(10, TimeUnit.SECONDS);
      assertEquals("SHUTDOWN", event == null ? "nothing" : event.name());
      assertEquals("host-qmp-quit", Json.text(event.data(), "reason").orElse(""));
      assertTrue(qemu.waitFor(10, TimeUnit.SECONDS));
    } finally {
      qemu.destroyForcibly();
    }
  }

  @Test
  void failsWhereNobodyListens() {
    assertThrows(
        IOException.class,
        () -> Qmp.connect(home.resolve("none"), Duration.ofMillis(50), event -> {}));
  }

  @Test
  void failsWhereNobodyAnswers() throws Exception {
    try (ServerSocketChannel server = listen()) {
      assertThrows(
          IOException.class,
          () -> Qmp.connect(home.resolve("mute"), Duration.ofMillis(100), event -> {}));
      assertTrue(server.isOpen());
    }
  }

  @Test
  void endsWhereAMessageHasNoEnd() throws Exception {
    try (ServerSocketChannel server = listen()) {
      Thread flood = Thread.ofVirtual().start(() -> flood(server));
      assertThrows(
          IOException.class,
          () -> Qmp.connect(home.resolve("mute"), Duration.ofSeconds(2), event -> {}));
      flood.join(); // ends since the client hangs up
    }
  }

  private ServerSocketChannel listen() throws IOException {
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    return server.bind(UnixDomainSocketAddress.of(home.resolve("mute")));
  }

  private static void flood(ServerSocketChannel server) {
    try (SocketChannel client = server.accept()) {
      while (true) {
        client.write(ByteBuffer.wrap("{\"event\":\"".repeat(1000).getBytes(UTF_8)));
      }
    } catch (IOException e) {
      // what the test waits for
    }
  }
}
