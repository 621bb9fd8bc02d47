package dev.diver.deploy.fullvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.deploy.DiveConsole;
import dev.diver.deploy.DiveReport;
import dev.diver.deploy.Outcome;
import dev.diver.deploy.RunningDive;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Our own kernel with a static Linux program: the ports, the report. */
final class RemoraTest {

  @TempDir Path home;

  private Guests.Dive dive(String... args) {
    return Guests.remora().dive(home).app(Guests.program("app"), args);
  }

  @Test
  void passesArgumentsEnvironmentAndExitStatus() throws Exception {
    Guests.Done done =
        dive("show", "two words", "it's", "\"\"", "$HOME", "")
            .env(Map.of("COLOR", "deep blue"))
            .run("");
    assertEquals(new Outcome.Exited(3), done.report().outcome());
    assertEquals("[show]\n[two words]\n[it's]\n[\"\"]\n[$HOME]\n[]\nCOLOR=deep blue\n", done.out());
    assertEquals("", done.err());
  }

  @Test
  void keepsTheStreamsApart() throws Exception {
    Guests.Done done = dive("both").run("");
    assertEquals("to stdout\n", done.out());
    assertEquals("to stderr\n", done.err());
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
  void carriesMuchInputThroughUnchanged() throws Exception {
    byte[] bytes = new byte[4 << 20];
    new Random(1).nextBytes(bytes);
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] &= 0x7f; // so that each is one byte of UTF-8
    }
    String input = new String(bytes, StandardCharsets.US_ASCII);
    Guests.Done done = dive("copy").run(input);
    assertEquals(new Outcome.Exited(0), done.report().outcome());
    assertTrue(input.equals(done.out()), done.out().length() + " of " + input.length());
  }

  @Test
  void reportsTimesCallsAndMemory() throws Exception {
    DiveReport report = dive("show").run("").report();
    assertTrue(report.boot().orElseThrow().isPositive());
    assertTrue(report.appStart().orElseThrow().compareTo(report.wall()) <= 0);
    assertTrue(report.run().orElseThrow().compareTo(report.wall()) < 0);
    assertTrue(report.memory().orElseThrow().total() > 0);
    DiveReport.SyscallCount write =
        report.syscalls().stream().filter(call -> call.name().equals("write")).findAny().get();
    assertEquals(1, write.number());
    assertTrue(write.local() > 0);
  }

  @Test
  void namesTheFunctionThatCrashed() throws Exception {
    Outcome.Signalled crash = (Outcome.Signalled) dive("crash").run("").report().outcome();
    assertEquals(11, crash.signal());
    assertEquals(Optional.of("0x8"), crash.faultAddress());
    assertTrue(crash.symbol().orElse("").startsWith("crash"), crash.toString());
  }

  @Test
  void endsAnAppThatNeverEnds() throws Exception {
    Duration timeout = Duration.ofSeconds(4);
    Guests.Done done = dive("wait").timeout(timeout).run("");
    assertEquals(new Outcome.TimedOut(timeout, Optional.empty()), done.report().outcome());
    assertEquals("waiting\n", done.out());
  }

  @Test
  void endsAnAppThatPrintsToNobody() throws Exception {
    OutputStream head =
        new OutputStream() {
          private int left = 1 << 20;

          @Override
          public void write(int b) throws IOException {
            if (left-- == 0) {
              throw new IOException("Broken pipe");
            }
          }
        };
    DiveConsole console =
        new DiveConsole(InputStream.nullInputStream(), head, new ByteArrayOutputStream());
    try (RunningDive dive = dive("print").launch(console)) {
      assertEquals(new Outcome.Stopped(Outcome.Reason.READER_GONE), dive.await().outcome());
    }
  }
}
