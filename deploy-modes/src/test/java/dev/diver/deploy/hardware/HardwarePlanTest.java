package dev.diver.deploy.hardware;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.deploy.Delegation;
import dev.diver.deploy.DeployMode;
import dev.diver.deploy.DivePlan;
import dev.diver.deploy.DiveRequest;
import dev.diver.deploy.Hardware;
import dev.diver.deploy.Hardware.OnDisconnect;
import dev.diver.deploy.MachineOverrides;
import dev.diver.deploy.Share;
import dev.diver.deploy.SharedStreams;
import dev.diver.deploy.fullvm.Guests;
import dev.diver.deploy.node.LocalSsh;
import dev.diver.deploy.node.Node;
import dev.diver.deploy.node.ThisMachine;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plans, which take nothing from anybody. */
class HardwarePlanTest {

  private static final Path BUSYBOX = Path.of("/bin/busybox");

  @TempDir Path home;

  private Guests.Dive dive(Node node, List<Share> shares) {
    Delegation delegation =
        new Delegation(shares, Path.of("/"), List.of(), false, Optional.empty());
    Hardware hardware =
        new Hardware(node, Optional.of(1), List.of("0000:01:00.0"), OnDisconnect.END);
    DiveRequest request =
        Guests.remora()
            .dive(home)
            .app(BUSYBOX, "echo", "it's here")
            .delegating(delegation)
            .r()
            .with(hardware);
    return new Guests.Dive(request);
  }

  private static String shell(DiveRequest request) {
    return new PartitionedHardware().plan(request).toShell();
  }

  @Test
  void theModeIsFoundByItsName() {
    assertInstanceOf(PartitionedHardware.class, DeployMode.named("partitioned-hardware"));
  }

  @Test
  void hereTheAgentIsTheCommand() {
    DiveRequest request = dive(new ThisMachine(), List.of()).cpus("2-3").memory("127M").r();
    DivePlan plan = new PartitionedHardware().plan(request);
    List<String> words = plan.command().words();
    assertEquals("diver-agent", Path.of(words.getFirst()).getFileName().toString());
    String line = String.join(" ", words);
    assertTrue(line.contains(" hardware start --name " + plan.name() + " --dir "), line);
    assertTrue(line.contains(" --cores 2,3 --pages 64 --node 1 --device 0000:01:00.0 "), line);
    assertTrue(line.endsWith(" -- /bin/busybox echo it's here"), line);
    assertFalse(line.contains("--detach"), line);
    assertFalse(line.contains("--on-disconnect"), "there is no connection: " + line);
    assertFalse(Files.exists(plan.folder()), "a plan writes nothing");
  }

  @Test
  void elsewhereItIsAWordOfSsh() {
    Node node = LocalSsh.node(home, "echo 0-3");
    Share share = Share.parseElsewhere(List.of("/only/there:/data:ro")).getFirst();
    String shell = shell(dive(node, List.of(share)).r());
    assertTrue(shell.contains(" hardware start "), shell);
    assertTrue(shell.contains(" --cores 3 "), shell);
    assertTrue(shell.contains(" --on-disconnect end "), shell);
    assertTrue(shell.contains(" --uid 0 --gid 0 "), shell);
    assertTrue(shell.contains(" --share /only/there:/data:ro "), shell);
    assertTrue(shell.contains("/var/cache/diver/"), shell);
    assertTrue(shell.stripTrailing().contains("rm -rf /run/diver/enclaves/"), shell);
  }

  @Test
  void itsStreamsAreFilesOfTheNode() {
    SharedStreams streams =
        new SharedStreams(Optional.of(Path.of("/dev/shm/in")), Optional.of(Path.of("/run/out")));
    Node node = LocalSsh.node(home, "echo 0-3");
    String shell = shell(dive(node, List.of()).r().with(MachineOverrides.only(streams)));
    assertTrue(shell.contains(" --stream-in /dev/shm/in --stream-out /run/out "), shell);
  }

  @Test
  void aNameThatIsMadeUpIsHardlyTaken() {
    DiveRequest request = dive(LocalSsh.node(home, "echo 0-3"), List.of()).r();
    String name = new PartitionedHardware().plan(request).name();
    assertTrue(name.matches("busybox-[0-9a-f]{4}-1"), name);
  }

  @Test
  void whatIsForMachinesOfQemuIsRefused() {
    DiveRequest request = dive(new ThisMachine(), List.of()).qemu("-s").r();
    Failure failure = assertThrows(DiverException.class, () -> shell(request)).failure();
    assertEquals(Failure.Kind.INVALID, failure.kind());
    assertTrue(failure.what().contains("the QEMU argument -s"), failure.what());
  }
}
