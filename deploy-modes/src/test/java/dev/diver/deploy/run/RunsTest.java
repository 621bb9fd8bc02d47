package dev.diver.deploy.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RunsTest {

  /** A process that existed: this one's number with another start. */
  private static final ProcessIdentity DEAD =
      new ProcessIdentity(ProcessIdentity.current().pid(), 1, ProcessIdentity.THIS_MACHINE);

  /** The same on another machine, which nobody here can look at. */
  private static final ProcessIdentity ELSEWHERE =
      new ProcessIdentity(DEAD.pid(), DEAD.startTicks(), "another-node");

  @TempDir Path home;
  private Runs runs = new Runs(Path.of("/"));

  @BeforeEach
  void open() {
    runs = new Runs(home.resolve("runs"));
  }

  private RunFolder run(String name, ProcessIdentity supervisor, boolean detached)
      throws IOException {
    RunFolder run = runs.create(name);
    run.write(
        new RunState(
            name,
            "full-vm",
            "remora:0.1.0",
            Optional.of("/bin/app"),
            Instant.now(),
            detached,
            supervisor,
            Optional.of("ssh://root@node:2222"),
            Optional.empty()));
    return run;
  }

  @Test
  void stateSurvivesItsFile() throws IOException {
    RunFolder run = run("deep", ProcessIdentity.current(), true);
    RunState state = run.state().orElseThrow();
    assertTrue(state.running());
    run.write(state.ended("exited with 3"));
    assertEquals(Optional.of(state.ended("exited with 3")), run.state());
    assertFalse(run.state().orElseThrow().running());
  }

  @Test
  void aNumberThatWasUsedAgainIsAnotherProcess() {
    assertTrue(ProcessIdentity.current().alive());
    assertFalse(DEAD.alive());
  }

  @Test
  void cleansWhatKilledProcessesLeft() throws IOException {
    run("attached", DEAD, false);
    RunFolder detached = run("detached", DEAD, true);
    RunFolder living = run("living", ProcessIdentity.current(), false);
    runs.clean();
    assertEquals(
        java.util.List.of("detached", "living"),
        runs.list().stream().map(RunFolder::name).toList());
    assertTrue(detached.state().orElseThrow().result().orElse("").startsWith("lost"));
    assertTrue(living.state().orElseThrow().running());
  }

  @Test
  void leavesTheDivesOfOtherMachinesToThem() throws IOException {
    RunFolder run = run("far", ELSEWHERE, false);
    age(run, Runs.KEPT.plusDays(1));
    runs.clean();
    assertTrue(run.state().orElseThrow().running());
    assertEquals(Failure.Kind.CONFLICT, failure(() -> runs.remove("far")));
  }

  @Test
  void cleansOldFoldersOnly() throws IOException {
    RunFolder old = run("old", DEAD, true);
    age(old, Runs.KEPT.plusDays(1));
    RunFolder being = runs.create("being-made");
    RunFolder broken = runs.create("broken");
    Files.writeString(broken.path().resolve("state.json"), "{\"name\":");
    age(broken, Duration.ofHours(1));
    runs.clean();
    assertFalse(Files.exists(old.path()));
    assertFalse(Files.exists(broken.path()));
    assertTrue(Files.exists(being.path()));
  }

  @Test
  void endsAMachineThatNobodyAnswersFor() throws Exception {
    RunFolder run = run("orphan", DEAD, false);
    Process machine = sleeper(run.pidFile().toString());
    Files.writeString(run.pidFile(), machine.pid() + "\n");
    runs.clean();
    assertEquals(128 + 9, machine.waitFor());
  }

  @Test
  void leavesAProcessAloneThatOnlyHasTheNumber() throws Exception {
    RunFolder run = run("orphan", DEAD, false);
    Process stranger = sleeper("stranger");
    try {
      Files.writeString(run.pidFile(), stranger.pid() + "\n");
      runs.clean();
      assertFalse(Files.exists(run.path()));
      assertTrue(stranger.isAlive());
    } finally {
      stranger.destroyForcibly();
    }
  }

  @Test
  void removesOnlyWhatHasEnded() throws IOException {
    run("living", ProcessIdentity.current(), true);
    run("dead", DEAD, true);
    assertEquals(Failure.Kind.CONFLICT, failure(() -> runs.remove("living")));
    runs.remove("dead");
    assertEquals(Failure.Kind.NOT_FOUND, failure(() -> runs.find("dead")));
  }

  @Test
  void namesAreTakenOnce() throws IOException {
    assertEquals("app-1", runs.freeName("app"));
    runs.create("app-1");
    assertEquals("app-2", runs.freeName("app"));
    assertEquals("my-app-1", runs.freeName("my app"));
    assertEquals(Failure.Kind.CONFLICT, failure(() -> runs.create("app-1")));
    for (String bad : new String[] {"", "..", "a/b", "-a", "x".repeat(64), "a b"}) {
      assertEquals(Failure.Kind.INVALID, failure(() -> runs.create(bad)), bad);
    }
  }

  @Test
  void copiesLogs() throws Exception {
    RunFolder run = run("dead", DEAD, true);
    Files.writeString(run.stdout(), "out");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Logs.copy(run, out, err, true);
    assertEquals("out", out.toString(StandardCharsets.UTF_8));
    assertEquals(0, err.size());
  }

  private interface Action {
    void run() throws IOException;
  }

  private static Failure.Kind failure(Action action) {
    return assertThrows(DiverException.class, action::run).failure().kind();
  }

  private static void age(RunFolder run, Duration age) throws IOException {
    Files.setLastModifiedTime(run.path(), FileTime.from(Instant.now().minus(age)));
  }

  /** A process with this word on its command line. */
  private static Process sleeper(String word) throws IOException {
    return new ProcessBuilder("sh", "-c", "while :; do read -r line; done", word).start();
  }
}
