package dev.diver.deploy.fullvm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.deploy.Delegation;
import dev.diver.deploy.DiveConsole;
import dev.diver.deploy.DivePlan;
import dev.diver.deploy.Outcome;
import dev.diver.deploy.RunningDive;
import dev.diver.deploy.Share;
import dev.diver.deploy.machine.Step;
import dev.diver.deploy.run.RunFolder;
import dev.diver.kernels.failure.DiverException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A full VM whose kernel forwards to an agent on this host. */
final class DelegateTest {

  private static final Path BUSYBOX = Path.of("/bin/busybox");

  @TempDir Path home;

  private Guests.Dive dive(List<Share> shares, boolean onLinux, String... args) {
    return Guests.remora()
        .dive(home)
        .app(BUSYBOX, args)
        .delegating(
            new Delegation(shares, Path.of("/"), List.of("uname"), onLinux, Optional.empty()));
  }

  private List<Share> share(String options) {
    return List.of(Share.parse(home + ":/given" + options));
  }

  @Test
  void theHostServesWhatTheKernelDoesNot() throws Exception {
    Files.writeString(home.resolve("file"), "shared\n");
    Guests.Done done =
        dive(
                share(":ro"),
                false,
                "sh",
                "-c",
                "read x </given/file; echo $x; read x; echo $x; exit 3")
            .run("typed\n");
    assertEquals("shared\ntyped\n", done.out());
    assertEquals(new Outcome.Exited(3), done.report().outcome());
    assertTrue(done.report().delegate().orElseThrow().requests() > 0);
    try (Stream<Path> runs = Files.list(home.resolve("runs"))) {
      assertEquals(List.of(), runs.toList());
    }
  }

  @Test
  void aCallIsForwardedThoughTheKernelHandlesIt() throws Exception {
    Guests.Done done = dive(List.of(), false, "uname", "-s").run("");
    assertEquals("Linux\n", done.out());
    assertTrue(
        done.report().syscalls().stream()
            .anyMatch(call -> call.name().equals("uname") && call.forwarded() > 0));
  }

  @Test
  void onlyWhatIsSharedForWritingIsWritten() throws Exception {
    dive(share(":ro"), false, "touch", "/given/new").run("");
    assertFalse(Files.exists(home.resolve("new")));
    dive(share(""), false, "touch", "/given/new").run("");
    assertTrue(Files.exists(home.resolve("new")));
  }

  @Test
  void theSameAppRunsWithoutTheKernel() throws Exception {
    Guests.Done done = dive(List.of(), true, "sh", "-c", "cat; exit 5").run("typed\n");
    assertEquals("typed\n", done.out());
    assertEquals(new Outcome.Exited(5), done.report().outcome());
  }

  @Test
  void runsAsAShellScript() throws Exception {
    Files.writeString(home.resolve("file"), "shared\n");
    DivePlan plan = new FullVm().plan(dive(share(""), false, "cat", "/given/file", "-").r());
    Process process =
        new ProcessBuilder("timeout", "60", "sh", "-ec", plan.toShell())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    process.getOutputStream().write("typed\n".getBytes(UTF_8));
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, process.waitFor(), output);
    assertEquals("shared\ntyped\n", output);
    assertFalse(Files.exists(memory(plan)));
    new RunFolder(plan.folder()).delete();
  }

  private static Path memory(DivePlan plan) {
    return plan.steps().stream()
        .filter(Step.Reserve.class::isInstance)
        .map(step -> ((Step.Reserve) step).file())
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aDetachedDiveThatFailsKeepsItsFolderAndNoMemory() {
    FullVm mode = new FullVm();
    DivePlan plan = mode.plan(dive(List.of(), false, "true").qemu("-nonsense").detached().r());
    try (RunningDive dive = mode.launch(plan, Guests.silent())) {
      assertThrows(DiverException.class, dive::await);
    }
    assertTrue(Files.isDirectory(plan.folder()));
    assertFalse(Files.exists(memory(plan)));
  }

  @Test
  void theAgentsDeathEndsTheMachineAndIsSaid() throws Exception {
    FullVm mode = new FullVm();
    try (PipedOutputStream never = new PipedOutputStream();
        InputStream in = new PipedInputStream(never);
        java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
        RunningDive dive =
            mode.launch(
                mode.plan(dive(List.of(), false, "sh", "-c", "echo up; read x").r()),
                new DiveConsole(in, out, out))) {
      while (!out.toString(UTF_8).contains("up")) {
        Thread.sleep(10);
      }
      String memory = dive.plan().folder().toString();
      ProcessHandle.current()
          .descendants()
          .filter(p -> p.info().command().orElse("").endsWith("diver-agent"))
          .filter(p -> p.info().commandLine().orElse("").contains(memory))
          .forEach(ProcessHandle::destroyForcibly);
      DiverException failed = assertThrows(DiverException.class, dive::await);
      assertTrue(failed.failure().what().contains("killed by signal 9"), failed.getMessage());
    }
  }

  @Test
  void withoutAMachineItIsTheAgentThatDied() throws Exception {
    FullVm mode = new FullVm();
    try (PipedOutputStream never = new PipedOutputStream();
        InputStream in = new PipedInputStream(never);
        RunningDive dive =
            mode.launch(
                mode.plan(dive(List.of(), true, "sh", "-c", "read x", "-pidfile").r()),
                new DiveConsole(
                    in, OutputStream.nullOutputStream(), OutputStream.nullOutputStream()))) {
      Path pid = new RunFolder(dive.plan().folder()).pidFile();
      ProcessHandle.of(Long.parseLong(Files.readString(pid))).orElseThrow().destroyForcibly();
      DiverException failed = assertThrows(DiverException.class, dive::await);
      assertEquals(
          "The delegate agent was killed by signal 9 in the middle of the dive.",
          failed.failure().what());
    }
  }

  @Test
  void whatQemuRefusesIsQemusFault() {
    Guests.Dive nonsense = dive(List.of(), false, "true").qemu("-device", "nonsense").detached();
    try (RunningDive dive = nonsense.launch(Guests.silent())) {
      DiverException failed = assertThrows(DiverException.class, dive::await);
      assertTrue(failed.failure().what().contains("'nonsense'"), failed.getMessage());
    }
  }

  @Test
  void refusesWhatCannotBe() {
    refused("ld-linux", dive(List.of(), false).app(Path.of("/bin/ls")));
    Delegation unknown =
        new Delegation(List.of(), Path.of("/"), List.of("nonsense"), false, Optional.empty());
    refused("nonsense", Guests.remora().dive(home).app(BUSYBOX).delegating(unknown));
    refused("/bin/busybox", dive(List.of(Share.parse(home + ":/bin")), false));
    Delegation plain = new Delegation(List.of(), Path.of("/"), List.of(), false, Optional.empty());
    refused("does not forward", Guests.linux().dive(home).app(BUSYBOX).delegating(plain));
  }

  private static void refused(String said, Guests.Dive dive) {
    DiverException failed =
        assertThrows(DiverException.class, () -> new FullVm().plan(dive.r()), said);
    assertTrue(failed.failure().what().contains(said), failed.getMessage());
  }
}
