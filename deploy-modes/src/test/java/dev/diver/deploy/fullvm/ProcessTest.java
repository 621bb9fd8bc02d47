package dev.diver.deploy.fullvm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.deploy.run.Detached;
import dev.diver.deploy.run.Logs;
import dev.diver.deploy.run.ProcessIdentity;
import dev.diver.deploy.run.RunFolder;
import dev.diver.deploy.run.RunState;
import dev.diver.deploy.run.Runs;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens to machines when the processes that answer for them end, in whichever way. */
final class ProcessTest {

  @TempDir Path home;
  private final List<Process> started = new ArrayList<>();
  private Runs runs = new Runs(Path.of("/"));
  private RunFolder run = new RunFolder(Path.of("/"));

  @BeforeEach
  void open() {
    runs = new Runs(home.resolve("runs"));
    run = runs.named("deep");
  }

  @AfterEach
  void endWhatAFailedTestHasLeft() {
    started.forEach(Process::destroyForcibly);
  }

  private Process diver(String... args) throws IOException {
    Process diver =
        new ProcessBuilder(DiverProcess.command(home, "deep", false, args))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    started.add(diver);
    return diver;
  }

  /** The machine, once the app has spoken. */
  private ProcessIdentity machineOf(Process diver) throws IOException {
    BufferedReader out = new BufferedReader(new InputStreamReader(diver.getInputStream(), UTF_8));
    assertEquals("waiting", out.readLine());
    return run.machine().orElseThrow();
  }

  private long folders() throws IOException {
    try (Stream<Path> left = Files.list(runs.folder())) {
      return left.count();
    }
  }

  @Test
  void theMachineDiesWithAKilledDiver() throws Exception {
    Process diver = diver("wait");
    ProcessIdentity machine = machineOf(diver);
    diver.destroyForcibly().waitFor();
    awaitEnd(machine);
    assertTrue(Files.exists(run.path()), "a killed Diver cannot clean");
    runs.clean();
    assertEquals(0, folders());
  }

  @Test
  void anInterruptLeavesNothing() throws Exception {
    Process diver = diver("wait");
    ProcessIdentity machine = machineOf(diver);
    new ProcessBuilder("kill", "-INT", Long.toString(diver.pid())).start().waitFor();
    assertTrue(diver.waitFor(20, TimeUnit.SECONDS));
    assertEquals(130, diver.exitValue());
    awaitEnd(machine);
    assertEquals(0, folders());
  }

  @Test
  void detachedDivesGoOnAndStop() throws Exception {
    RunState state = Detached.start(DiverProcess.command(home, "deep", true, "wait"), runs, "deep");
    assertTrue(state.running());
    assertTrue(state.detached());
    while (!Files.exists(run.stdout())) {
      Thread.sleep(5);
    }
    ProcessIdentity machine = run.machine().orElseThrow();
    runs.stop("deep", Duration.ofSeconds(10));
    assertFalse(machine.alive());
    assertEquals(Optional.of("stopped, requested"), run.state().orElseThrow().result());
    assertEquals("waiting\n", log());
    runs.remove("deep");
    assertEquals(0, folders());
  }

  @Test
  void detachedDivesKeepTheirEnd() throws Exception {
    Detached.start(DiverProcess.command(home, "deep", true, "both"), runs, "deep");
    assertEquals("to stdout\n", log());
    assertEquals(Optional.of("exited with 0"), run.state().orElseThrow().result());
    assertEquals("to stderr\n", Files.readString(run.stderr()));
    assertTrue(Files.readString(run.dive()).contains("\"status\":0"));
  }

  @Test
  void aKilledSupervisorIsFound() throws Exception {
    RunState state = Detached.start(DiverProcess.command(home, "deep", true, "wait"), runs, "deep");
    ProcessIdentity machine = run.machine().orElseThrow();
    state.supervisor().kill();
    awaitEnd(machine); // which ends with one thread of its supervisor, before the last
    awaitEnd(state.supervisor());
    runs.clean();
    assertTrue(run.state().orElseThrow().result().orElse("").startsWith("lost"));
  }

  @Test
  void tellsWhyADetachedDiveDidNotStart() throws Exception {
    runs.create("deep");
    try {
      Detached.start(DiverProcess.command(home, "deep", true, "wait"), runs, "deep");
    } catch (dev.diver.kernels.failure.DiverException e) {
      assertTrue(e.failure().what().contains("already"), e.getMessage());
      return;
    }
    throw new AssertionError("it started under a name that is taken");
  }

  private String log() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Logs.copy(run, out, new ByteArrayOutputStream(), true);
    return out.toString(UTF_8);
  }

  private static void awaitEnd(ProcessIdentity process) throws InterruptedException {
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (process.alive()) {
      assertTrue(System.nanoTime() < deadline, "it outlived its Diver");
      Thread.sleep(5);
    }
  }
}
