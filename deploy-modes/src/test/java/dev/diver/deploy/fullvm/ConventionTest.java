package dev.diver.deploy.fullvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.deploy.Outcome;
import dev.diver.deploy.RunningDive;
import dev.diver.deploy.run.ProcessIdentity;
import dev.diver.deploy.run.RunFolder;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How the dives of kernels end that do not report, by each convention, on real QEMU. */
final class ConventionTest {

  private static final String SERIAL = "console = \"serial\"";
  private static final String DEBUG_EXIT =
      "convention = \"debug-exit\"\ndebug-exit = { port = 0x501, size = 4, success = [41] }";
  private static final String BARE_DEBUG_EXIT =
      "convention = \"debug-exit\"\ndebug-exit = { port = 0xf4, size = 1 }";
  private static final String TEXT =
      """
      convention = "console-text"
      success = 'passed'
      failure = 'failed'
      panic = 'PANIC'
      """;
  private static final String PATTERN =
      "convention = \"console-pattern\"\npattern = 'status=([0-9]+)'\ncoding = \"decimal\"";
  private static final String POWER_OFF = "convention = \"power-off\"";

  @TempDir Path home;

  private Guests.Dive dive(String boot, String exit, String machine, String script) {
    return Guests.script(home, boot, exit, machine).dive(home).args(script);
  }

  private Guests.Done run(String boot, String exit, String machine, String script)
      throws InterruptedException {
    return dive(boot, exit, machine, script).run("");
  }

  private Outcome outcome(String exit, String script) throws InterruptedException {
    return run(SERIAL, exit, "microvm", script).report().outcome();
  }

  /** A kernel writes 41 for success; all else is failure, and none of it QEMU's. */
  @ParameterizedTest
  @CsvSource({"29,0", "00,1", "01,1", "2b,43", "7f,127", "44,68"})
  void readsTheDebugExitWithSuccessValues(String value, int status) throws Exception {
    assertEquals(new Outcome.Exited(status), outcome(DEBUG_EXIT, "[up]D" + value));
  }

  /** 0 makes QEMU exit with 1, 68 with 137, as if signal 9 had killed it. */
  @ParameterizedTest
  @CsvSource({"00,0", "01,1", "07,7", "44,68"})
  void readsTheDebugExitAtAnotherPort(String value, int status) throws Exception {
    assertEquals(new Outcome.Exited(status), outcome(BARE_DEBUG_EXIT, "F" + value));
  }

  @Test
  void tellsQemusOwnFailureFromADebugExitOfNothing() {
    Guests.Dive dive =
        dive(SERIAL, BARE_DEBUG_EXIT, "microvm", "F00").qemu("-device", "no-such-thing");
    DiverException failed = assertThrows(DiverException.class, () -> dive.run(""));
    assertTrue(failed.failure().what().contains("ended with status 1 before"), failed.getMessage());
    assertTrue(failed.failure().what().contains("no-such-thing"), failed.getMessage());
  }

  @Test
  void tellsAKilledQemuFromADebugExit() throws Exception {
    Guests.Dive held = dive(SERIAL, BARE_DEBUG_EXIT, "microvm", "[up]H");
    try (RunningDive dive = held.launch(Guests.silent())) {
      RunFolder run = new RunFolder(dive.plan().folder());
      Guests.await(() -> run.machine().isPresent());
      run.machine().ifPresent(ProcessIdentity::kill);
      DiverException failed = assertThrows(DiverException.class, dive::await);
      assertEquals(Failure.Kind.FAILED, failed.failure().kind());
      assertTrue(failed.failure().what().contains("killed by signal 9"), failed.getMessage());
    }
  }

  @Test
  void believesThePanicBeforeTheDebugExit() throws Exception {
    Outcome outcome = outcome(DEBUG_EXIT + "\npanic = 'stack.smashed'", "[stack/smashed]D29");
    assertEquals(new Outcome.Panicked("stack/smashed"), outcome);
  }

  @ParameterizedTest
  @CsvSource({
    "[all/passed]H,0", // nothing ends the line, nothing ends the machine
    "[one/passed]n[two/failed]R,1",
    "[pas]w[sed]D01,0",
    "(passed)H,0",
  })
  void readsTextThatMeansSuccessOrFailure(String script, int status) throws Exception {
    String both = TEXT + "debug-exit = { port = 0x501 }";
    assertEquals(new Outcome.Exited(status), outcome(both, script));
  }

  @Test
  void believesThePanicBeforeAllElse() throws Exception {
    Outcome outcome = outcome(TEXT, "[passed]n[PANIC:at/the/disco]nH");
    assertTrue(((Outcome.Panicked) outcome).message().contains("PANIC:at/the/disco"));
  }

  @Test
  void findsTheVerdictOfAKernelThatPrintsWithoutEnd() throws Exception {
    Guests.Done done = run(SERIAL, TEXT, "microvm", "[all/passed/and/on/and/on]L");
    assertEquals(new Outcome.Exited(0), done.report().outcome());
  }

  @Test
  void endsAKernelThatPrintsWithoutEndAtItsTimeout() throws Exception {
    Duration timeout = Duration.ofSeconds(4);
    Guests.Done done = dive(SERIAL, TEXT, "microvm", "[and/on]L").timeout(timeout).run("");
    assertEquals(new Outcome.TimedOut(timeout, Optional.empty()), done.report().outcome());
    assertTrue(done.out().startsWith("and/onand/on"), done.out());
  }

  @Test
  void readsAStatusAndBelievesTheLast() throws Exception {
    assertEquals(new Outcome.Exited(17), outcome(PATTERN, "[status=3]n[status=17]R"));
  }

  @Test
  void saysThatNothingMatched() throws Exception {
    Outcome outcome = outcome(PATTERN + "\nreset = \"untold\"", "[bye]R");
    Outcome.Untold untold = assertInstanceOf(Outcome.Untold.class, outcome);
    assertEquals(
        "The kernel reset the machine, and no text matched [exit] pattern = 'status=([0-9]+)'.",
        untold.how());
    assertEquals("bye", untold.console());
  }

  @ParameterizedTest
  @CsvSource({
    "success,true,exited with 0",
    "failure,true,exited with 1",
    "panic,true,kernel panic",
    "untold,true,ended untold",
    "success,false,exited with 0",
    "failure,false,exited with 1",
    "panic,false,never came up",
    "untold,false,never came up",
  })
  void knowsWhatAPowerOffMeans(String meaning, boolean speaks, String expected) throws Exception {
    String exit = POWER_OFF + "\npower-off = \"" + meaning + "\"";
    Guests.Done done = run(SERIAL, exit, "pc", (speaks ? "[hello]" : "") + "O");
    assertEquals(expected, done.report().outcome().summary());
  }

  @ParameterizedTest
  @CsvSource({
    "microvm,'',[hello]R,kernel panic",
    "microvm,'',R,never came up",
    "pc,'',[hello]K,kernel panic",
    "pc,reset=\"success\",[hello]K,exited with 0",
    "microvm,reset=\"failure\",R,exited with 1",
  })
  void knowsWhatAResetMeans(String machine, String reset, String script, String expected)
      throws Exception {
    Guests.Done done = run(SERIAL, POWER_OFF + "\n" + reset, machine, script);
    assertEquals(expected, done.report().outcome().summary());
  }

  /** What ends at once is heard all the same. */
  @Test
  void hearsHowAFastMachineEnds() throws Exception {
    for (int i = 0; i < 10; i++) {
      assertEquals(new Outcome.Exited(0), outcome(POWER_OFF + "\nreset = \"success\"", "R"));
    }
  }

  @Test
  void explainsSilence() throws Exception {
    String boot = SERIAL + "\nup-within = \"4s\"\nhints = [\"needs console=ttyS0\"]";
    Outcome.NeverCameUp never =
        assertInstanceOf(
            Outcome.NeverCameUp.class,
            run(boot, TEXT, "microvm", "<Hello,screen>H").report().outcome());
    assertTrue(
        never.how().startsWith("It printed nothing within 4s. Its first processor is halted"),
        never.how());
    assertTrue(never.screen().startsWith("Hello,screen"), never.screen());
    assertEquals(List.of("needs console=ttyS0"), never.hints());
  }

  @Test
  void explainsSilenceWhereTheTimeoutComesFirst() throws Exception {
    String boot = SERIAL + "\nhints = [\"needs console=ttyS0\"]";
    Duration timeout = Duration.ofSeconds(4);
    Guests.Done done = dive(boot, TEXT, "microvm", "<Hello,screen>H").timeout(timeout).run("");
    Outcome.TimedOut timedOut = assertInstanceOf(Outcome.TimedOut.class, done.report().outcome());
    Outcome.NeverCameUp never = timedOut.beforeUp().orElseThrow();
    assertTrue(
        never.how().startsWith("It printed nothing until then. Its first processor is halted"),
        never.how());
    assertEquals(List.of("needs console=ttyS0"), never.hints());
  }

  @Test
  void explainsAKernelThatSpeaksButIsNotReady() throws Exception {
    String boot = SERIAL + "\nup-within = \"4s\"\nready = 'login:'";
    Outcome.NeverCameUp never =
        assertInstanceOf(
            Outcome.NeverCameUp.class, run(boot, TEXT, "microvm", "[booting]S").report().outcome());
    assertTrue(
        never.how().startsWith("It printed, but nothing that [boot] ready = 'login:' matches"),
        never.how());
    assertEquals("booting", never.console());
  }

  /** A prompt has no line feed; who is up has all the time that there is. */
  @Test
  void seesAPromptWithoutLineFeed() throws Exception {
    String boot = SERIAL + "\nup-within = \"20s\"\nready = 'login: ?$'";
    Guests.Done done = run(boot, TEXT, "microvm", "[login:]w[passed]H");
    assertEquals(new Outcome.Exited(0), done.report().outcome());
    assertTrue(done.report().appStart().isPresent());
  }

  @Test
  void aKernelThatIsNotReadyAndPowersOffNeverCameUp() throws Exception {
    Guests.Done done = run(SERIAL + "\nready = 'login:'", POWER_OFF, "pc", "[no/disk]O");
    Outcome.NeverCameUp never =
        assertInstanceOf(Outcome.NeverCameUp.class, done.report().outcome());
    assertTrue(never.how().contains("powered the machine off before it printed"), never.how());
  }

  @Test
  void readsTheDebugConsole() throws Exception {
    Guests.Done done = run("console = \"debugcon\"", TEXT, "microvm", "{all/passed}R");
    assertEquals(new Outcome.Exited(0), done.report().outcome());
    assertEquals("all/passed", done.out());
  }

  @ParameterizedTest
  @ValueSource(strings = {"microvm", "pc"})
  void readsTheScreen(String machine) throws Exception {
    Guests.Done done = run("console = \"vga\"", TEXT, machine, "<all/passed>R");
    assertEquals(new Outcome.Exited(0), done.report().outcome());
    assertTrue(done.out().startsWith("all/passed"), done.out());
  }

  @Test
  void knowsNoConsole() throws Exception {
    Guests.Done done = run("console = \"none\"", TEXT, "microvm", "[on/the/log:passed]H");
    assertEquals(new Outcome.Exited(0), done.report().outcome());
    assertEquals("", done.out());
  }

  @Test
  void aDebuggersMachineWaits() throws Exception {
    Guests.Dive debugged = dive(SERIAL, POWER_OFF, "microvm", "R").debug();
    try (RunningDive dive = debugged.launch(Guests.silent())) {
      Path socket = new RunFolder(dive.plan().folder()).qmp();
      assertEquals(1, dive.plan().command().words().stream().filter("-S"::equals).count());
      Guests.await(() -> Files.exists(socket));
      dive.stop(Duration.ofSeconds(10));
      assertEquals(new Outcome.Stopped(Outcome.Reason.REQUESTED), dive.await().outcome());
    }
  }

  /** Else the command that --dry-run prints would wait for ever. */
  @Test
  void thePlanHoldsNothing() {
    FullVm mode = new FullVm();
    Guests.Dive dive = dive(SERIAL, POWER_OFF, "microvm", "R");
    assertFalse(mode.plan(dive.r()).command().words().contains("-S"));
  }
}
