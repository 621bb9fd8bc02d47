package dev.diver.deploy.fullvm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.deploy.DiveConsole;
import dev.diver.deploy.Outcome;
import dev.diver.deploy.RunningDive;
import dev.diver.deploy.run.ProcessIdentity;
import dev.diver.deploy.run.RunFolder;
import dev.diver.deploy.run.Runs;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How dives end, with a kernel of a few instructions on real QEMU. */
final class OutcomeTest {

  @TempDir Path home;

  /** Processes whose command line names this test's folder. */
  private long machines() {
    return ProcessHandle.allProcesses()
        .filter(process -> commandLine(process.pid()).contains(home.toString()))
        .count();
  }

  private static String commandLine(long pid) {
    try {
      return Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"));
    } catch (IOException e) {
      return "";
    }
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    assertEquals(0, machines());
    if (Files.exists(home.resolve("runs"))) {
      try (Stream<Path> left = Files.list(home.resolve("runs"))) {
        assertEquals(0, left.count());
      }
    }
  }

  @Test
  void readsTheStatusFromTheConsole() throws Exception {
    Guests.Done done = Guests.tiny().dive(home).args("e").run("");
    assertEquals(new Outcome.Exited(7), done.report().outcome());
    assertEquals("status=7\r\n", done.out());
  }

  @Test
  void quotesTheConsoleOfAKernelThatNeverCameUp() throws Exception {
    Guests.Done done = Guests.tiny().dive(home).args("b").run("");
    Outcome.NeverCameUp never =
        assertInstanceOf(Outcome.NeverCameUp.class, done.report().outcome());
    assertEquals("no app here", never.console());
  }

  @Test
  void tellsSilentDeathWithoutReport() throws Exception {
    Guests.Done done = Guests.tinyThatShouldReport().dive(home).args("r").run("");
    Outcome.NeverCameUp never =
        assertInstanceOf(Outcome.NeverCameUp.class, done.report().outcome());
    assertEquals("", never.console());
  }

  @Test
  void endsAtTheTimeout() throws Exception {
    Duration timeout = Duration.ofMillis(300);
    Guests.Done done = Guests.tiny().dive(home).args("h").timeout(timeout).run("");
    Outcome.TimedOut timedOut = assertInstanceOf(Outcome.TimedOut.class, done.report().outcome());
    assertEquals(timeout, timedOut.timeout());
    assertTrue(done.report().wall().compareTo(timeout) >= 0);
  }

  @Test
  void stopsWhenAsked() throws Exception {
    try (RunningDive dive = Guests.tiny().dive(home).args("h").launch(Guests.silent())) {
      dive.stop(Duration.ofSeconds(10));
      assertEquals(new Outcome.Stopped(Outcome.Reason.REQUESTED), dive.await().outcome());
    }
  }

  @Test
  void stopsForAnotherProcessOfThisUser() throws Exception {
    Runs runs = new Runs(home.resolve("runs"));
    try (RunningDive dive =
        Guests.tiny().dive(home).args("h").named("deep").launch(Guests.silent())) {
      assertTrue(runs.find("deep").state().orElseThrow().running());
      runs.stop("deep", Duration.ofSeconds(10));
      assertEquals(new Outcome.Stopped(Outcome.Reason.REQUESTED), dive.await().outcome());
    }
  }

  @Test
  void closingEndsTheMachine() throws Exception {
    try (RunningDive dive = Guests.tiny().dive(home).args("h").launch(Guests.silent())) {
      assertEquals(1, machines());
      assertTrue(Files.exists(dive.plan().folder()));
    }
    assertEquals(0, machines());
  }

  @Test
  void failsWhereTheMachineIsKilled() throws Exception {
    try (RunningDive dive = Guests.tiny().dive(home).args("h").launch(Guests.silent())) {
      RunFolder run = new RunFolder(dive.plan().folder());
      Guests.await(() -> run.machine().isPresent());
      run.machine().ifPresent(ProcessIdentity::kill);
      DiverException failed = assertThrows(DiverException.class, dive::await);
      assertEquals(Failure.Kind.FAILED, failed.failure().kind());
      assertTrue(failed.failure().what().contains("killed by signal 9"), failed.getMessage());
    }
  }

  @Test
  void failsWithWhatQemuSays() throws Exception {
    Guests.Dive dive = Guests.tiny().dive(home).args("e").qemu("-device", "no-such-thing");
    DiverException failed = assertThrows(DiverException.class, () -> dive.run(""));
    assertEquals(Failure.Kind.FAILED, failed.failure().kind());
    assertTrue(failed.failure().what().contains("no-such-thing"), failed.getMessage());
  }

  @Test
  void endsWhereNobodyReads() throws Exception {
    OutputStream broken =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("Broken pipe");
          }
        };
    DiveConsole console = new DiveConsole(InputStream.nullInputStream(), broken, broken);
    try (RunningDive dive = Guests.tiny().dive(home).args("s").launch(console)) {
      assertEquals(new Outcome.Stopped(Outcome.Reason.READER_GONE), dive.await().outcome());
    }
  }

  @Test
  void losesNothingWhereTheReaderIsSlow() throws Exception {
    ByteArrayOutputStream got = new ByteArrayOutputStream();
    CountDownLatch enough = new CountDownLatch(1);
    OutputStream slow =
        new OutputStream() {
          @Override
          public void write(int b) {
            throw new AssertionError("relayed byte by byte");
          }

          @Override
          public void write(byte[] bytes, int offset, int length) throws IOException {
            got.write(bytes, offset, length);
            if (got.size() > 512 * 1024) {
              enough.countDown();
              throw new IOException("Broken pipe");
            }
            pause(length / 1024); // about 1 MiB/s: the pipe is full most of the time
          }
        };
    DiveConsole console = new DiveConsole(InputStream.nullInputStream(), slow, slow);
    try (RunningDive dive = Guests.tiny().dive(home).args("s").launch(console)) {
      enough.await();
      dive.await();
    }
    String line = "all work and no play makes a dull guest\r\n";
    String expected = line.repeat(1 + got.size() / line.length()).substring(0, got.size());
    assertEquals(expected, got.toString(UTF_8));
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void endsAKernelThatFillsTheDisk() throws Exception {
    try (RunningDive dive = Guests.tiny().dive(home).args("h").launch(Guests.silent())) {
      RunFolder run = new RunFolder(dive.plan().folder());
      Guests.await(() -> Files.exists(run.console()));
      try (RandomAccessFile log = new RandomAccessFile(run.console().toFile(), "rw")) {
        log.setLength(65L << 20);
      }
      assertEquals(new Outcome.Stopped(Outcome.Reason.LOG_LIMIT), dive.await().outcome());
    }
  }

  @Test
  void refusesANameThatIsTaken() throws Exception {
    Guests.Dive deep = Guests.tiny().dive(home).args("h").named("deep");
    try (RunningDive first = deep.launch(Guests.silent())) {
      DiverException taken = assertThrows(DiverException.class, () -> deep.launch(Guests.silent()));
      assertEquals(Failure.Kind.CONFLICT, taken.failure().kind());
      assertTrue(new RunFolder(first.plan().folder()).state().orElseThrow().running());
    }
  }

  @Test
  void findsAnotherNameWhereNoneWasGiven() throws Exception {
    Guests.Dive dive = Guests.tiny().dive(home).args("h");
    FullVm mode = new FullVm();
    var plan = mode.plan(dive.r());
    try (RunningDive first = mode.launch(plan, Guests.silent());
        RunningDive second = mode.launch(plan, Guests.silent())) {
      assertFalse(first.plan().name().equals(second.plan().name()));
      assertEquals(2, new Runs(home.resolve("runs")).list().size());
    }
  }

  @Test
  void worksWhereTheFolderIsTooLongForSockets() throws Exception {
    Path deep = Files.createDirectories(home.resolve("a-long-name/".repeat(12)));
    RunFolder run;
    try (RunningDive dive = Guests.tiny().dive(deep).args("h").launch(Guests.silent())) {
      run = new RunFolder(dive.plan().folder());
      assertTrue(Files.isSymbolicLink(run.sockets()));
      Guests.await(() -> Files.exists(run.qmp()));
      dive.stop(Duration.ofSeconds(10));
      assertEquals(new Outcome.Stopped(Outcome.Reason.REQUESTED), dive.await().outcome());
    }
    assertFalse(Files.isSymbolicLink(run.sockets()));
  }

  @Test
  void keepsADetachedDivesFolderAndReport() throws Exception {
    Runs runs = new Runs(home.resolve("runs"));
    Guests.tiny().dive(home).args("e").named("kept").detached().run("");
    RunFolder kept = runs.find("kept");
    assertEquals(Optional.of("exited with 7"), kept.state().orElseThrow().result());
    assertTrue(Files.readString(kept.dive(), UTF_8).contains("\"status\":7"));
    runs.remove("kept");
  }
}
