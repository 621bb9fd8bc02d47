package dev.diver.deploy.fullvm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.deploy.DeployMode;
import dev.diver.deploy.DivePlan;
import dev.diver.deploy.Outcome;
import dev.diver.deploy.Readiness;
import dev.diver.deploy.RunningDive;
import dev.diver.deploy.machine.Host;
import dev.diver.deploy.run.RunFolder;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plans: what they refuse, and that as shell scripts they do what a launch does. */
final class PlanTest {

  @TempDir Path home;

  @Test
  void theModeIsFoundByItsName() {
    assertInstanceOf(FullVm.class, DeployMode.named("full-vm"));
    DiverException failed = assertThrows(DiverException.class, () -> DeployMode.named("no"));
    assertTrue(failed.failure().remedy().contains("full-vm"));
  }

  @Test
  void runsAsAShellScriptOnRemora() throws Exception {
    Guests.Dive dive = Guests.remora().dive(home).app(Guests.program("app"), "show", "it's", "a b");
    DivePlan plan = new FullVm().plan(dive.r());
    assertEquals("[show]\n[it's]\n[a b]\nCOLOR=\n", sh(plan.toShell()));
    assertTrue(Files.readString(new RunFolder(plan.folder()).report()).contains("\"status\":3"));
  }

  @Test
  void runsAsAShellScriptOnLinux() throws Exception {
    Guests.Dive dive = Guests.linux().dive(home).app(Guests.program("app"), "show", "a b");
    DivePlan plan = new FullVm().plan(dive.r());
    assertEquals("[show]\r\n[a b]\r\nCOLOR=\r\n", sh(plan.toShell()));
  }

  @Test
  void planningMakesNothing() {
    new FullVm().plan(Guests.tiny().dive(home).r());
    assertFalse(Files.exists(home.resolve("runs")));
  }

  @Test
  void attachesDisksByContent() throws Exception {
    Path raw = Files.write(home.resolve("disk.raw"), new byte[1 << 20]);
    Path qcow2 = home.resolve("disk.img");
    exec("qemu-img", "create", "-q", "-f", "qcow2", qcow2.toString(), "1M");
    Guests.Dive dive = Guests.tiny().dive(home).args("e").disks(raw, qcow2);
    String plan = new FullVm().plan(dive.r()).toShell();
    assertTrue(plan.contains("file=" + raw + ",format=raw"), plan);
    assertTrue(plan.contains("file=" + qcow2 + ",format=qcow2"), plan);
    assertTrue(plan.contains("virtio-blk-device,drive=disk1"), plan);
    assertEquals(new Outcome.Exited(7), dive.run("").report().outcome());
  }

  @Test
  void waitsForADebugger() throws Exception {
    Guests.Dive dive = Guests.remora().dive(home).app(Guests.program("app"), "both").debug();
    FullVm mode = new FullVm();
    try (RunningDive running = mode.launch(mode.plan(dive.r()), Guests.silent())) {
      Path socket = new RunFolder(running.plan().folder()).gdb();
      while (!Files.exists(socket)) {
        Thread.sleep(5);
      }
      String gdb = mode.debuggerCommand(running.plan());
      String said = sh(gdb + " -batch -nx -ex 'break main' -ex continue -ex 'print argc' 2>&1");
      assertTrue(said.contains("$1 = 2"), said);
      running.stop(Duration.ofSeconds(5));
      running.await();
    }
  }

  @Test
  void refusesWhatCannotBeMet() throws IOException {
    Path app = Guests.program("app");
    Guests.Dive remora = Guests.remora().dive(home);
    refused(Failure.Kind.INVALID, "16M", remora.app(app).memory("16M"));
    refused(Failure.Kind.EXHAUSTED, "999T", remora.app(app).memory("999T"));
    refused(Failure.Kind.INVALID, "1000 cores", remora.app(app).cpus(1000));
    refused(Failure.Kind.INVALID, "No executable", remora);
    refused(Failure.Kind.NOT_FOUND, "no-such", remora.app(Path.of("no-such")));
    refused(Failure.Kind.INVALID, "dynamic", remora.app(Path.of("/bin/ls")));
    refused(Failure.Kind.UNSUPPORTED, "linked", Guests.tiny().dive(home).app(app));
    refused(Failure.Kind.NOT_FOUND, "no.img", remora.app(app).disks(Path.of("no.img")));
    Path misnamed = Files.write(home.resolve("disk.vmdk"), new byte[512]);
    refused(Failure.Kind.INVALID, "and it is raw", remora.app(app).disks(misnamed));
    refused(Failure.Kind.INVALID, "a/b", remora.app(app).named("a/b"));
    refused(Failure.Kind.INVALID, "negative", remora.app(app).timeout(Duration.ofMillis(-1)));
  }

  @Test
  void saysWhatIsMissing() {
    Host bare = new Host(Map.of("PATH", home.toString()), home.resolve("cache"));
    Readiness readiness = new FullVm().readiness(bare);
    List<String> missing =
        assertInstanceOf(Readiness.Missing.class, readiness).things().stream()
            .map(Readiness.Thing::name)
            .toList();
    assertEquals(List.of("qemu-system-x86_64", "setpriv"), missing);
    assertInstanceOf(
        Readiness.Ready.class, new FullVm().readiness(Guests.host(home.resolve("cache"))));
  }

  private static void refused(Failure.Kind kind, String value, Guests.Dive dive) {
    DiverException failed =
        assertThrows(DiverException.class, () -> new FullVm().plan(dive.r()), value);
    assertEquals(kind, failed.failure().kind(), failed.getMessage());
    assertTrue(failed.failure().what().contains(value), failed.getMessage());
  }

  /** Its standard output. */
  private static String sh(String script) throws Exception {
    return exec("timeout", "60", "sh", "-ec", script);
  }

  private static String exec(String... command) throws Exception {
    Process process =
        new ProcessBuilder(command)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, process.waitFor(), output);
    return output;
  }
}
