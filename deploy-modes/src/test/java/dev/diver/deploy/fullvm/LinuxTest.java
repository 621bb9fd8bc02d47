package dev.diver.deploy.fullvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.deploy.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Debian's Linux with a static program as its init. */
final class LinuxTest {

  @TempDir Path home;

  private Guests.Dive dive(String... args) {
    return Guests.linux().dive(home).app(Guests.program("app"), args);
  }

  @Test
  void passesArgumentsEnvironmentAndExitStatus() throws Exception {
    Guests.Done done =
        dive("show", "two words", "a=b c", "").env(Map.of("COLOR", "deep blue")).run("");
    assertEquals(new Outcome.Exited(3), done.report().outcome());
    assertEquals("[show]\n[two words]\n[a=b c]\n[]\nCOLOR=deep blue\n", done.out());
    assertEquals("", done.err());
    assertTrue(done.report().appStart().isPresent());
    assertTrue(done.report().appStart().get().compareTo(done.report().wall()) <= 0);
    try (Stream<Path> left = Files.list(home.resolve("runs"))) {
      assertEquals(0, left.count(), "an attached dive leaves nothing");
    }
  }

  @Test
  void passesInputAndItsEnd() throws Exception {
    Guests.Done done = dive("count").run("one\ntwo\nthree\n");
    assertEquals(new Outcome.Exited(0), done.report().outcome());
    assertTrue(done.out().endsWith("3 lines\n"), done.out());
  }

  @Test
  void deliversBytesAsTheyWereWritten() throws Exception {
    StringBuilder expected = new StringBuilder();
    for (char c = 0; c < 256; c++) {
      expected.append(c);
    }
    assertEquals(expected + "\r\n\n\r", dive("bytes").run("").out());
  }

  @Test
  void tellsTheSignalThatKilledTheApp() throws Exception {
    Outcome outcome = dive("crash").run("").report().outcome();
    assertEquals(11, ((Outcome.Signalled) outcome).signal());
  }
}
