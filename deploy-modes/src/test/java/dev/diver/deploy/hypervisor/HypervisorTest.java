package dev.diver.deploy.hypervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.deploy.MachineOverrides;
import dev.diver.deploy.Network;
import dev.diver.deploy.fullvm.Guests;
import dev.diver.deploy.hypervisor.Machine.Firmware;
import dev.diver.deploy.hypervisor.Machine.Software;
import dev.diver.deploy.machine.Acceleration;
import dev.diver.deploy.machine.CpuFeatures;
import dev.diver.deploy.machine.Host;
import dev.diver.deploy.machine.Qemu;
import dev.diver.deploy.machine.Step;
import dev.diver.deploy.run.RunFolder;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.image.DiskImage;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.KernelSpec.Console;
import dev.diver.kernels.spec.KernelSpec.Protocol;
import dev.diver.kernels.spec.KernelSpec.Smp;
import dev.diver.kernels.spec.MemorySize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which hypervisor takes which machine, why others do not, and what they are told. */
final class HypervisorTest {

  private static final MemorySize MEMORY = MemorySize.parse("128M");

  @TempDir Path home;

  private static Machine machine(
      Software software, Console console, Network network, List<Machine.Disk> disks) {
    return new Machine(
        "it",
        software,
        new Firmware.Usual(),
        new Machine.Processor("max", List.of(), 2, Smp.CORES),
        MEMORY,
        disks,
        network,
        Optional.empty(),
        console,
        Optional.empty(),
        false,
        new Machine.QemuOnly(Optional.empty(), List.of(), List.of(), List.of(), List.of()));
  }

  private static DiskImage raw(Path file) {
    return new DiskImage(file, DiskImage.Format.RAW);
  }

  private static Machine machine(Software software) {
    return machine(software, Console.SERIAL, new Network.None(), List.of());
  }

  private static Software pvh() {
    return new Software.Kernel(
        Protocol.PVH, Guests.remora().image(), "a 'b c'", Optional.of(Path.of("/ram,disk")));
  }

  private static Software bzImage() {
    return new Software.Kernel(Protocol.LINUX, Guests.linux().image(), "", Optional.empty());
  }

  private static void refuses(String hypervisor, Machine machine, String why) {
    Failure failure = Hypervisor.named(hypervisor).obstacle(machine).orElseThrow();
    assertEquals(Failure.Kind.UNSUPPORTED, failure.kind());
    assertTrue(failure.what().contains(why), failure.what());
  }

  private static void takes(String hypervisor, Machine machine) {
    assertEquals(Optional.empty(), Hypervisor.named(hypervisor).obstacle(machine));
  }

  @Test
  void microvmHasNoFirmware() {
    takes("qemu-microvm", machine(pvh()));
    refuses("qemu-microvm", machine(new Software.Iso(Path.of("/x"))), "ISO");
    refuses("qemu-microvm", machine(new Software.BootDisk(raw(Path.of("/x")))), "disk");
    refuses("qemu-microvm", machine(new Software.Efi(Path.of("/x"), "")), "UEFI");
    refuses(
        "qemu-microvm", machine(new Software.Multiboot(2, Path.of("/x"), "", List.of())), "GRUB");
  }

  @Test
  void firecrackerTakesElfAndSaysWhatItLacks() throws IOException {
    takes("firecracker", machine(pvh()));
    refuses("firecracker", machine(bzImage()), "bzImage");
    refuses(
        "firecracker",
        machine(new Software.Multiboot(1, Path.of("/x"), "", List.of())),
        "Multiboot 1");
    refuses(
        "firecracker",
        machine(pvh(), Console.VIRTIO_PORTS, new Network.None(), List.of()),
        "ports");
    refuses(
        "firecracker",
        machine(pvh(), Console.SERIAL, new Network.User(List.of()), List.of()),
        "network");
    DiskImage qcow2 = new DiskImage(Path.of("/disk.img"), DiskImage.Format.QCOW2);
    refuses(
        "firecracker",
        machine(pvh(), Console.SERIAL, new Network.None(), List.of(new Machine.Disk(qcow2, false))),
        "qcow2");
  }

  @Test
  void cloudHypervisorTakesPvhAndLinux() {
    takes("cloud-hypervisor", machine(pvh()));
    takes("cloud-hypervisor", machine(bzImage()));
    refuses("cloud-hypervisor", machine(new Software.Iso(Path.of("/x"))), "ISO");
    refuses(
        "cloud-hypervisor", machine(pvh(), Console.VGA, new Network.None(), List.of()), "screen");
    Software elf = new Software.Kernel(Protocol.LINUX, Guests.program("app"), "", Optional.empty());
    refuses("cloud-hypervisor", machine(elf), "without a PVH entry");
  }

  @Test
  void firecrackerIsToldByAFile() throws IOException {
    Path disk = Files.createFile(home.resolve("disk"));
    Machine machine =
        machine(
            pvh(),
            Console.SERIAL,
            new Network.Tap("tap0"),
            List.of(new Machine.Disk(raw(disk), true)));
    RunFolder run = new RunFolder(home.resolve("net-1"));
    Invocation invocation = Hypervisor.named("firecracker").plan(machine, bare(), run);
    Step.Concatenate written = (Step.Concatenate) invocation.steps().getFirst();
    assertEquals(
        "{\"boot-source\":{\"kernel_image_path\":\"%s\",\"boot_args\":\"a 'b c'\","
                .formatted(Guests.remora().image())
            + "\"initrd_path\":\"/ram,disk\"},\"drives\":[{\"drive_id\":\"disk0\","
            + "\"path_on_host\":\"%s\",\"is_root_device\":false,\"is_read_only\":true}],"
                .formatted(disk)
            + "\"machine-config\":{\"vcpu_count\":2,\"mem_size_mib\":128},"
            + "\"network-interfaces\":[{\"iface_id\":\"net0\",\"host_dev_name\":\"tap0\","
            + "\"guest_mac\":\"%s\"}],".formatted(QemuOptions.macAddress("net-1"))
            + "\"logger\":{\"log_path\":\"%s\",\"level\":\"Warning\"}}\n"
                .formatted(run.log("firecracker")),
        ((Step.Part.Text) written.parts().getFirst()).latin1());
    assertEquals(
        List.of("firecracker", "--no-api", "--config-file", written.file().toString()),
        invocation.command().words());
  }

  @Test
  void cloudHypervisorIsToldByItsCommandLine() throws IOException {
    Path disk = Files.createFile(home.resolve("disk"));
    List<Machine.Disk> disks =
        List.of(new Machine.Disk(raw(disk), true), new Machine.Disk(raw(disk), false));
    Machine machine = machine(pvh(), Console.SERIAL, new Network.Tap("tap0"), disks);
    RunFolder run = new RunFolder(home.resolve("net-1"));
    assertEquals(
        List.of(
            "cloud-hypervisor",
            "--kernel",
            Guests.remora().image().toString(),
            "--initramfs",
            "/ram,disk",
            "--cmdline",
            "a 'b c'",
            "--cpus",
            "boot=2",
            "--memory",
            "size=128M",
            "--serial",
            "tty",
            "--console",
            "off",
            "--disk",
            "path=" + disk + ",readonly=on",
            "path=" + disk,
            "--net",
            "tap=tap0,mac=" + QemuOptions.macAddress("net-1"),
            "--log-file",
            run.log("cloud-hypervisor").toString()),
        Hypervisor.named("cloud-hypervisor").plan(machine, bare(), run).command().words());
  }

  @Test
  void whatIsNotHereIsSaid() {
    for (Hypervisor hypervisor : Hypervisor.all()) {
      Failure missing = hypervisor.missing(bare()).orElseThrow();
      assertEquals(Failure.Kind.MISSING, missing.kind(), hypervisor.name());
    }
  }

  @Test
  void aDiveGetsWhatItAsksForElseWhatTheKernelNeeds() {
    KernelSpec.ModeNeeds microvm = needs("microvm,rtc=on", List.of());
    KernelSpec.ModeNeeds q35 = needs("microvm", List.of("qemu-q35", "qemu-pc"));
    assertEquals("qemu-microvm microvm,rtc=on", choice(microvm, "", ""));
    assertEquals("qemu-pc ", choice(microvm, "qemu-pc", ""));
    assertEquals("qemu-q35 pc-q35-7.2", choice(microvm, "", "pc-q35-7.2"));
    assertEquals("qemu-q35 ", choice(q35, "", ""));
    assertEquals("qemu-pc ", choice(q35, "qemu-pc", ""));
    assertThrows(DiverException.class, () -> choice(q35, "firecracker", ""));
    assertThrows(DiverException.class, () -> choice(q35, "", "microvm"));
    assertThrows(DiverException.class, () -> choice(microvm, "qemu-pc", "q35"));
    assertThrows(DiverException.class, () -> choice(microvm, "no", ""));
  }

  private static String choice(KernelSpec.ModeNeeds needs, String hypervisor, String machine) {
    MachineOverrides wanted =
        new MachineOverrides(
            Optional.of(hypervisor).filter(name -> !name.isEmpty()),
            Optional.of(machine).filter(name -> !name.isEmpty()),
            Optional.empty(),
            Optional.empty(),
            new Network.None());
    Choice choice = Choice.of("it", needs, wanted);
    return choice.hypervisor().name() + " " + choice.type().orElse("");
  }

  private static KernelSpec.ModeNeeds needs(String machine, List<String> hypervisors) {
    return new KernelSpec.ModeNeeds(
        machine,
        "max",
        MEMORY,
        MEMORY,
        1,
        List.of(),
        List.of(),
        hypervisors,
        Smp.CORES,
        Optional.empty());
  }

  @Test
  void saysWhichCpuFeatureIsLackingAndWhatWouldHaveIt() {
    Host host = Guests.host(home);
    Qemu qemu = Qemu.find(host);
    Acceleration emulation = new Acceleration(Acceleration.Kind.TCG, "for this test");
    CpuFeatures.require(host, qemu, emulation, "it", List.of("sse4.2", "rdrand"));
    Failure lacking =
        assertThrows(
                DiverException.class,
                () -> CpuFeatures.require(host, qemu, emulation, "it", List.of("rdrand", "vmx")))
            .failure();
    assertEquals(Failure.Kind.UNSUPPORTED, lacking.kind());
    assertTrue(lacking.what().contains("vmx") && lacking.remedy().contains("KVM"), lacking.what());
    Failure unknown =
        assertThrows(
                DiverException.class,
                () -> CpuFeatures.require(host, qemu, emulation, "it", List.of("rdrnad")))
            .failure();
    assertEquals(Failure.Kind.INVALID, unknown.kind());
  }

  private Host bare() {
    return new Host(Map.of("PATH", home.toString()), home.resolve("cache"));
  }
}
