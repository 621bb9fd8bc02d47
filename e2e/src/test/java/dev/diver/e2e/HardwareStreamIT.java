package dev.diver.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Enclaves of one machine that feed each other, and a process of its Linux, through its memory. */
@ExtendWith({SharedCatalog.class, SharedNode.class})
class HardwareStreamIT {

  private static final String BUSYBOX = "/bin/busybox";
  private static final String STREAM = "/dev/shm/stream";
  private static final int SIGPIPE = 128 + 13;

  @TempDir private static Path folder;
  private static Enclaves readers;
  private static Enclaves writers;
  private static Node node;

  /**
   * Each with a connection of its own: the node's ssh server, dropbear, forgets how a command has
   * ended where two of one connection end at once.
   */
  @BeforeAll
  static void reachTheNode(Catalog catalog, Node shared) throws IOException {
    node = shared;
    readers = Enclaves.of(catalog.user(folder.resolve("r")), node);
    writers = Enclaves.of(catalog.user(folder.resolve("w")), node);
  }

  @AfterEach
  void allIsGivenBack() throws IOException {
    writers.endAll();
    readers.endAll();
    writers.expectNothingLeft();
    readers.expectNothingLeft();
    assertEquals("", node.ask("ls /dev/shm /run/diver/pages-2048kB | grep stream || true"));
  }

  @Test
  void whatOneWritesTheOtherReads() {
    CompletableFuture<Shell.Result> writer = writer("seq", "100000");
    Shell.Result sum = Expect.success(reader("sha256sum").join());
    Expect.success(writer.join());
    assertEquals(readers.user().sh("seq 100000 | sha256sum").text(), sum.text());
  }

  @Test
  void whatWasWrittenWaitsForItsReader() {
    Expect.success(writer("seq", "3").join());
    Expect.failure(writer("seq", "3").join(), "Somebody writes to " + STREAM);
    assertEquals("1\n2\n3\n", Expect.success(reader("cat").join()).text());
  }

  @Test
  void aWriterWithoutAReaderIsEnded() {
    CompletableFuture<Shell.Result> writer = writer("yes");
    assertEquals("y\n", Expect.success(reader("head", "-n", "1").join()).text());
    Expect.status(SIGPIPE, writer.join());
  }

  @Test
  void aWriterThatIsKilledIsAnErrorOfItsReader() {
    CompletableFuture<Shell.Result> writer = writer("yes");
    CompletableFuture<Shell.Result> reader = reader("sha256sum");
    Node.await(
        "both have their ends open",
        () -> {
          assertFalse(writer.isDone(), () -> writer.join().toString());
          assertFalse(reader.isDone(), () -> reader.join().toString());
          return state(72).equals("1") && state(136).equals("1");
        });
    node.ask("kill -9 $(sed -n 's/^keeper \\([0-9]*\\).*/\\1/p' " + ledger("writer") + ")");
    Expect.failure(writer.join());
    Expect.said(Expect.status(1, reader.join()), "Connection reset by peer");
  }

  @Test
  void aProcessHasTheOtherEnd() {
    Path program = Programs.compile(readers.user(), "stream");
    CompletableFuture<Shell.Result> writer = writer("seq", "100000");
    Shell.Result reader =
        node.run(
            "until [ -e %s ]; do sleep 0.1; done; exec %s peek 1 64 0<>%s"
                .formatted(STREAM, program, STREAM));
    Expect.said(Expect.success(reader), "mb_s");
    Expect.success(writer.join());
  }

  private static String state(int offset) {
    return node.ask("od -An -tu1 -j" + offset + " -N1 " + STREAM + " 2>/dev/null || true").strip();
  }

  private static String ledger(String name) {
    return NodeAgent.folder(name) + "/ledger";
  }

  private static CompletableFuture<Shell.Result> writer(String... words) {
    return dive(writers, "writer", List.of("--cpus", "2-2", "--stream-out", STREAM), words);
  }

  private static CompletableFuture<Shell.Result> reader(String... words) {
    return dive(readers, "reader", List.of("--cpus", "3-3", "--stream-in", STREAM), words);
  }

  private static CompletableFuture<Shell.Result> dive(
      Enclaves user, String name, List<String> options, String... busybox) {
    String[] words =
        Stream.of(
                List.of("--name", name, "--memory", "64M"),
                options,
                List.of(BUSYBOX, "--"),
                List.of(busybox))
            .flatMap(List::stream)
            .toArray(String[]::new);
    return CompletableFuture.supplyAsync(() -> user.dive(words));
  }
}
