package dev.diver.deploy.partitionedvm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.deploy.Delegation;
import dev.diver.deploy.DeployMode;
import dev.diver.deploy.DiveConsole;
import dev.diver.deploy.DivePlan;
import dev.diver.deploy.DiveReport;
import dev.diver.deploy.DiveRequest;
import dev.diver.deploy.Gpos;
import dev.diver.deploy.Outcome;
import dev.diver.deploy.Readiness;
import dev.diver.deploy.RunningDive;
import dev.diver.deploy.Share;
import dev.diver.deploy.fullvm.Guests;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.spec.CpuList;
import dev.diver.kernels.spec.MemorySize;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Partitions on real QEMU, of Debian's Linux and remora. */
final class PartitionedVmTest {

  private static final Path BUSYBOX = Path.of("/bin/busybox");

  @TempDir Path home;

  private record Done(DiveReport report, String out) {}

  private DiveRequest request(List<Share> shares, boolean onLinux, String... args) {
    Guests.Kernel linux = Guests.linux();
    Gpos gpos =
        new Gpos(
            "linux",
            linux.spec(),
            linux.image(),
            linux.image().resolveSibling("modules.cpio"),
            Optional.empty(),
            Optional.empty());
    Delegation delegation =
        new Delegation(shares, Path.of("/"), List.of(), onLinux, Optional.of(gpos));
    return Guests.remora().dive(home).app(BUSYBOX, args).delegating(delegation).r();
  }

  private static Done run(DiveRequest request, String input) throws InterruptedException {
    PartitionedVm mode = new PartitionedVm();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayInputStream in = new ByteArrayInputStream(input.getBytes(UTF_8));
    DiveConsole console = new DiveConsole(in, out, new ByteArrayOutputStream());
    try (RunningDive dive = mode.launch(mode.plan(request), console)) {
      return new Done(dive.await(), out.toString(UTF_8));
    }
  }

  private List<Share> share(boolean readOnly) {
    return List.of(Share.parse(home + ":/given" + (readOnly ? ":ro" : "")));
  }

  @Test
  void theModeIsFoundByItsName() {
    assertInstanceOf(PartitionedVm.class, DeployMode.named("partitioned-vm"));
    assertInstanceOf(
        Readiness.Ready.class, new PartitionedVm().readiness(Guests.host(home.resolve("cache"))));
  }

  @Test
  void linuxServesWhatTheKernelDoesNot() throws Exception {
    Done done = run(request(List.of(), false, "sh", "-c", "read x; echo $x; exit 7"), "input\n");
    assertEquals("input\n", done.out());
    assertEquals(new Outcome.Exited(7), done.report().outcome());
    DiveReport.SyscallCount read =
        done.report().syscalls().stream()
            .filter(call -> call.name().equals("read"))
            .findFirst()
            .orElseThrow();
    assertTrue(read.forwarded() > 0, read::toString);
    assertTrue(read.cost().orElseThrow().total().toNanos() > 0, read::toString);
    assertTrue(done.report().delegate().orElseThrow().requests() > 0);
    String json = new String(done.report().toJson(), UTF_8);
    assertTrue(json.contains("\"forwarding_ns\""), json);
  }

  @Test
  void foldersAreShared() throws Exception {
    Files.writeString(home.resolve("file"), "shared\n");
    assertEquals("shared\n", run(request(share(true), false, "cat", "/given/file"), "").out());
    Done write = run(request(share(true), false, "touch", "/given/new"), "");
    assertEquals(new Outcome.Exited(1), write.report().outcome());
    assertFalse(Files.exists(home.resolve("new")));
    run(request(share(false), false, "touch", "/given/new"), "");
    assertTrue(Files.exists(home.resolve("new")));
  }

  @Test
  void theSameAppRunsOnTheLinuxItself() throws Exception {
    Done done = run(request(List.of(), true, "uname"), "");
    assertEquals("Linux\n", done.out());
    assertEquals(new Outcome.Exited(0), done.report().outcome());
  }

  @Test
  void runsAsAShellScript() throws Exception {
    Files.writeString(home.resolve("file"), "shared\n");
    DivePlan plan =
        new PartitionedVm().plan(request(share(true), false, "cat", "/given/file", "-"));
    Process process =
        new ProcessBuilder("timeout", "60", "sh", "-ec", plan.toShell())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    process.getOutputStream().write("typed\n".getBytes(UTF_8));
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, process.waitFor(), output);
    assertEquals("shared\ntyped\n", output);
  }

  @Test
  void muchMemoryIsAbove4Gigabytes() throws Exception {
    DiveRequest request = request(List.of(), false, "echo", "far");
    Done done = run(new Guests.Dive(request).memory("3G").r(), "");
    assertEquals("far\n", done.out());
    assertTrue(done.report().memory().orElseThrow().total() > 2900L << 20);
  }

  @Test
  void nothingIsLeft() throws Exception {
    run(request(share(false), false, "true"), "");
    try (Stream<Path> runs = Files.list(home.resolve("runs"))) {
      assertEquals(List.of(), runs.toList());
    }
  }

  @Test
  void refusesWhatCannotBe() {
    DiveRequest request = request(List.of(), false, "true");
    refused("partitioned-vm", Guests.linux().dive(home).app(BUSYBOX).r(), request);
    refused("16M", Guests.remora().dive(home).app(BUSYBOX).memory("16M").r(), request);
    refused("ld-linux", Guests.remora().dive(home).app(Path.of("/bin/ls")).r(), request);
    Gpos usual = request.delegation().flatMap(Delegation::gpos).orElseThrow();
    refused("1-2", request, with(usual, "1-2", "256M"));
    refused("1M", request, with(usual, "1", "1M"));
    Gpos remora =
        new Gpos(
            "remora",
            Guests.remora().spec(),
            usual.image(),
            usual.modules(),
            Optional.empty(),
            Optional.empty());
    refused("remora", request, remora);
  }

  private static Gpos with(Gpos gpos, String cpus, String memory) {
    return new Gpos(
        gpos.kernel(),
        gpos.spec(),
        gpos.image(),
        gpos.modules(),
        Optional.of(CpuList.parse(cpus)),
        Optional.of(MemorySize.parse(memory)));
  }

  private static void refused(String said, DiveRequest request, DiveRequest delegating) {
    refused(said, request, delegating.delegation().flatMap(Delegation::gpos).orElseThrow());
  }

  private static void refused(String said, DiveRequest request, Gpos gpos) {
    Delegation delegation =
        new Delegation(List.of(), Path.of("/"), List.of(), false, Optional.of(gpos));
    DiveRequest delegating = new Guests.Dive(request).delegating(delegation).r();
    DiverException failed =
        assertThrows(DiverException.class, () -> new PartitionedVm().plan(delegating), said);
    assertTrue(failed.failure().what().contains(said), failed.getMessage());
  }
}
