package dev.diver.deploy.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.deploy.machine.Step;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NodeTest {

  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir Path folder;

  private static Node reach(Path folder, String address) {
    return LocalSsh.node(folder, Map.of(), address);
  }

  private static Failure refused(Node node) {
    List<String> words = List.of("true");
    return assertThrows(DiverException.class, () -> node.ask(words, Optional.empty(), SOON))
        .failure();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ssh://node1",
        "ssh://root@node1",
        "ssh://root@node-1.example.org:2222",
        "ssh://[fe80::1]:22",
        "ssh://me@192.0.2.7",
      })
  void anAddressIsWrittenAsItWasRead(String text) {
    assertEquals(Optional.of(text), reach(folder, text).address());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "node1",
        "ssh://",
        "ssh://-oProxyCommand=true",
        "ssh://-x@node",
        "ssh://a b",
        "ssh://node:0",
        "ssh://node:65536",
        "ssh://node/path",
        "ssh://root:secret@node",
        "http://node",
      })
  void whatIsNoAddressIsRefused(String text) {
    Failure failure = assertThrows(DiverException.class, () -> SshAddress.parse(text)).failure();
    assertEquals(Failure.Kind.INVALID, failure.kind());
    assertTrue(failure.what().contains("\"" + text + "\""), failure.what());
  }

  @Test
  void wordsArriveAsTheyAre() throws InterruptedException {
    List<String> hard = List.of("a b", "", "it's", "$HOME", "*", "two\nlines", "\\", "`id`", "-n");
    List<String> words = Node.script("for word; do printf '<%s>' \"$word\"; done", hard);
    Answer answer = LocalSsh.node(folder).ask(words, Optional.empty(), SOON);
    assertEquals("<" + String.join("><", hard) + ">", answer.text());
  }

  @Test
  void aCommandHasItsInputStatusAndErrors() throws InterruptedException, IOException {
    Path input = Files.writeString(folder.resolve("input"), "what is read\n");
    for (Node node : List.of(LocalSsh.node(folder), new ThisMachine())) {
      List<String> words = Node.script("cat; echo one >&2; echo two >&2; exit 7", List.of());
      Answer answer = node.ask(words, Optional.of(input), SOON);
      assertEquals(Optional.of(7), answer.status());
      assertEquals("what is read\n", answer.text());
      assertEquals("two", answer.complaint());
      assertFalse(answer.isGood());
    }
  }

  @Test
  void whoAnswersTooLateIsGivenUp() {
    Node node = LocalSsh.node(folder, "sleep 60");
    Duration short_ = Duration.ofMillis(200);
    DiverException e =
        assertThrows(
            DiverException.class, () -> node.ask(List.of("true"), Optional.empty(), short_));
    assertEquals(Failure.Kind.UNAVAILABLE, e.failure().kind());
  }

  /** With the real client. */
  @Test
  void aPortWhereNobodyListensIsNamed() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Failure failure = refused(reach(folder, "ssh://root@127.0.0.1:" + port));
    assertEquals(Failure.Kind.UNAVAILABLE, failure.kind());
    assertTrue(failure.what().contains("root@127.0.0.1 (port " + port + ")"), failure.what());
    assertTrue(failure.what().contains("has no ssh server at that port"), failure.what());
  }

  /** With the real client, and a server that is none. */
  @Test
  void aServerThatHangsUpIsUnavailable() throws IOException {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  server.accept().close();
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              });
      Failure failure = refused(reach(folder, "ssh://root@127.0.0.1:" + server.getLocalPort()));
      assertEquals(Failure.Kind.UNAVAILABLE, failure.kind());
      assertTrue(failure.remedy().contains("ssh -v -p "), failure.remedy());
    }
  }

  /** With the real client. */
  @Test
  void aNameThatNobodyKnowsIsNamed() {
    Failure failure = refused(reach(folder, "ssh://root@no-such-host.invalid"));
    assertEquals(Failure.Kind.UNAVAILABLE, failure.kind());
    assertTrue(failure.what().startsWith("root@no-such-host.invalid cannot be found"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          root@n: Permission denied (publickey,password).   | DENIED      | ssh-copy-id root@there
          Host key verification failed.                     | DENIED      | compare the key
          @ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! | DENIED     | ssh-keygen -R there
          ssh: connect to host n port 22: Connection timed out | UNAVAILABLE | is on
          Timeout, server n not responding.                 | UNAVAILABLE | is on
          kex_exchange_identification: read: Connection reset by peer | UNAVAILABLE | ssh -v
          """)
  void whatSshSaysIsExplained(String said, Failure.Kind kind, String remedy) {
    Failure failure = refused(LocalSsh.node(folder, "echo '" + said + "' >&2; exit 255"));
    assertEquals(kind, failure.kind());
    assertTrue(failure.what().contains(said), failure.what());
    assertTrue(failure.remedy().contains(remedy), failure.remedy());
  }

  @Test
  void theUsersSshComesFirstAndItsOptionsWin() {
    List<String> words = LocalSsh.node(folder).command(List.of("id", "-u")).words();
    assertEquals("/bin/sh", words.getFirst());
    assertEquals("exec '" + folder.resolve("local ssh") + "' -F none \"$@\"", words.get(2));
    assertTrue(words.contains("BatchMode=yes"), words.toString());
    assertEquals(
        List.of("-l", "root", "--", "there", "exec id -u"),
        words.subList(words.size() - 5, words.size()));
  }

  /** A shared connection would keep the streams of a command that is killed. */
  @Test
  void aProcessHasItsOwnConnectionAndQuestionsShareOne() throws InterruptedException {
    Node node = LocalSsh.node(folder, "echo \"$@\"");
    List<String> own = node.command(List.of("true"), folder.resolve("log")).words();
    assertTrue(own.containsAll(List.of("-S", "none", "-E")), own.toString());
    assertFalse(String.join(" ", own).contains("Control"), own.toString());
    String asked = node.ask(List.of("true"), Optional.empty(), SOON).text();
    assertTrue(asked.contains(" -o ControlPath=" + folder + "/cache/ssh/%C "), asked);
  }

  /** The longest that a socket's name can be is short. */
  @Test
  void whereASocketDoesNotFitNothingIsShared() throws InterruptedException {
    Path deep = folder.resolve("long".repeat(20));
    Node node = LocalSsh.node(makeFolder(deep), "echo \"$@\"");
    String asked = node.ask(List.of("true"), Optional.empty(), SOON).text();
    assertFalse(asked.contains("Control"), asked);
  }

  private static Path makeFolder(Path path) {
    assertTrue(path.toFile().mkdirs());
    return path;
  }

  @Test
  void aFileIsNamedAfterItsContentThere() throws IOException {
    Path file = Files.writeString(folder.resolve("my app"), "content");
    Path same =
        Files.writeString(Files.createDirectory(folder.resolve("x")).resolve("my app"), "content");
    Node node = LocalSsh.node(folder);
    assertEquals(node.place(file), node.place(same));
    Files.writeString(file, "other content");
    assertFalse(LocalSsh.node(folder).place(file).equals(node.place(same)));
    assertEquals(file, new ThisMachine().place(file));
    assertEquals(List.of(), new ThisMachine().bring(List.of(file)));
    List<Step> steps = node.bring(List.of(same));
    String shell = steps.getFirst().toShell();
    assertTrue(shell.contains("sha256sum") && shell.endsWith("<'" + same + "'"), shell);
  }
}
