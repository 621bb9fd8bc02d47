package dev.diver.deploy.fullvm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.deploy.DiveRequest;
import dev.diver.deploy.MachineOverrides;
import dev.diver.deploy.Network;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.KernelSpecToml;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The tiny kernels of e2e/kernels, each booted by its protocol; they print what they were given.
 */
final class BootTest {

  private static final Path KERNELS = Path.of("../e2e/kernels/build").toAbsolutePath().normalize();

  @TempDir Path home;

  /** A dive of one of them, with these lines in its {@code [boot]}. */
  private DiveRequest request(
      String file, String protocol, String boot, Optional<Path> app, String... args)
      throws IOException {
    Path toml = home.resolve("kernel.toml");
    Files.writeString(
        toml,
        """
        name = "tiny"
        version = "1"
        summary = "a kernel of a few instructions"
        abi = "none"
        [boot]
        protocol = "%s"
        image = "%s"
        console = "serial"
        command-line = "{args}"
        quoting = "linux"
        %s
        [exit]
        convention = "console-pattern"
        pattern = 'status ([0-9]+)'
        coding = "decimal"
        [modes.full-vm]
        machine = "pc"
        memory = "128M"
        memory-min = "8M"
        """
            .formatted(protocol, file, boot));
    KernelSpec spec = KernelSpecToml.read(toml);
    Path image = KERNELS.resolve(file);
    Guests.Dive dive =
        new Guests.Kernel(spec, image)
            .dive(home)
            .args(args)
            .bootable(DiveRequest.Bootable.of(spec, image, home::resolve));
    return app.map(dive::app).orElse(dive).r();
  }

  private DiveRequest request(String file, String protocol) throws IOException {
    return request(file, protocol, "app = \"none\"", Optional.empty());
  }

  /** Its output. */
  private static String dive(DiveRequest request) throws InterruptedException {
    return new Guests.Dive(request).run("").out();
  }

  @Test
  void multiboot1GetsItsModulesAndTheAppLast() throws Exception {
    Files.writeString(home.resolve("config"), "data");
    Path app = Files.writeString(home.resolve("the app"), "code");
    String boot = "app = \"module\"\nmodules = [\"config its args,a comma\"]";
    String out = dive(request("args-mb1.elf", "multiboot1", boot, Optional.of(app)));
    assertTrue(out.contains("args-mb1.elf \"" + app + "\"\n"), out);
    assertTrue(out.contains("module: " + home.resolve("config") + " its args,a comma = data"), out);
    assertTrue(out.lastIndexOf("code") > out.indexOf("data"), out);
  }

  @Test
  void multiboot2ComesThroughGrub() throws Exception {
    Files.writeString(home.resolve("config"), "data");
    Path app = Files.writeString(home.resolve("app"), "code");
    String boot = "app = \"module\"\nmodules = [\"config its args,a comma\"]";
    DiveRequest request = request("args-mb2.elf", "multiboot2", boot, Optional.of(app));
    String out = dive(request);
    assertTrue(out.contains("command line: " + app + "\n"), out);
    assertTrue(out.contains("module: its args,a comma = data"), out);
    assertTrue(out.contains("module: app = code"), out);
    Path iso = onlyFile(home.resolve("cache/iso"));
    Files.setLastModifiedTime(iso, FileTime.fromMillis(0));
    byte[] made = Files.readAllBytes(iso);
    assertEquals(out, dive(request));
    assertEquals(iso, onlyFile(home.resolve("cache/iso")));
    assertArrayEquals(made, Files.readAllBytes(iso));
    assertTrue(Files.getLastModifiedTime(iso).toMillis() > 0, "it counts as used");
  }

  private static Path onlyFile(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> all = files.toList();
      assertEquals(1, all.size(), all.toString());
      return all.getFirst();
    }
  }

  @Test
  void grubSaysWhatItCannotLoad() throws Exception {
    assertTrue(dive(request("mb1.elf", "multiboot2")).contains("no multiboot header found"));
  }

  @Test
  void whatQemuCannotLoadItselfComesThroughGrub() throws Exception {
    assertEquals("hello\n", dive(request("mb1-elf64-plain.elf", "multiboot1")));
    assertEquals("hello\n", dive(request("mb1-elf64.elf", "multiboot1")));
    assertEquals("hello\n", dive(request("mb1-flat.bin", "multiboot1")));
    onlyFile(home.resolve("cache/iso"));
  }

  @Test
  void disksAreToldByContentAndNeverWrittenTo() throws Exception {
    assertEquals("hello\n", dive(request("disk.img", "disk")));
    assertEquals("hello\n", dive(request("qcow2.img", "disk")));
    assertEquals("hello\n", dive(request("boot.iso", "iso")));
    String plan = new FullVm().plan(request("qcow2.img", "disk")).toShell();
    assertTrue(plan.contains("qcow2.img,format=qcow2,snapshot=on"), plan);
  }

  @Test
  void aSpecMayAttachItsBootDiskItself() throws Exception {
    DiveRequest request = request("disk.img", "disk");
    Path toml = home.resolve("kernel.toml");
    Files.writeString(toml, Files.readString(toml) + "devices = [\"virtio-blk-pci,drive=boot\"]");
    KernelSpec spec = KernelSpecToml.read(toml);
    DiveRequest.Bootable bootable = DiveRequest.Bootable.of(spec, request.image(), home::resolve);
    assertEquals("hello\n", new Guests.Dive(request).bootable(bootable).run("").out());
  }

  @Test
  void anEfiApplicationBootsThroughUefi() throws Exception {
    assertTrue(dive(request("uefi.efi", "efi")).endsWith("hello\n"));
  }

  @Test
  void anEfiApplicationGetsItsArgumentsFromUefisShell() throws Exception {
    String boot = "app = \"none\"";
    String out = dive(request("args-uefi.efi", "efi", boot, Optional.empty(), "one", "two"));
    assertTrue(out.endsWith("hello\ncommand line: kernel.efi tiny one two\n"), out);
  }

  @Test
  void grubComesThroughUefi() throws Exception {
    DiveRequest request =
        request(
            "args-mb2.elf",
            "multiboot2",
            "app = \"none\"\nfirmware = \"uefi\"",
            Optional.empty(),
            "one",
            "two");
    String out = dive(request);
    assertTrue(out.endsWith("hello\ncommand line: tiny one two\n"), out);
  }

  @Test
  void aDiskOfOthersTakesNothingFromThisHost() throws Exception {
    Path secret = Files.writeString(home.resolve("secret"), "x".repeat(1024));
    Path disk = home.resolve("disk.qcow2");
    Process made =
        new ProcessBuilder(
                "qemu-img",
                "create",
                "-q",
                "-f",
                "qcow2",
                "-F",
                "raw",
                "-b",
                secret.toString(),
                disk.toString())
            .inheritIO()
            .start();
    assertEquals(0, made.waitFor());
    DiveRequest request =
        request(
            "mb1.elf", "multiboot1", "app = \"none\"\ndisks = [\"disk.qcow2\"]", Optional.empty());
    DiverException failed = assertThrows(DiverException.class, () -> new FullVm().plan(request));
    assertTrue(failed.failure().what().contains("another file"), failed.getMessage());
  }

  @Test
  void refusesAPortThatIsTaken() throws Exception {
    try (ServerSocket taken =
        new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
      Network network = Network.parse(Optional.empty(), List.of(taken.getLocalPort() + ":80"));
      DiveRequest request = request("mb1.elf", "multiboot1").with(onNetwork(network));
      DiverException failed = assertThrows(DiverException.class, () -> dive(request));
      assertEquals(Failure.Kind.CONFLICT, failed.failure().kind());
    }
  }

  private static MachineOverrides onNetwork(Network network) {
    return new MachineOverrides(
        Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), network);
  }

  @Test
  void aDiskTakesNoArguments() throws Exception {
    DiveRequest request = request("disk.img", "disk", "app = \"none\"", Optional.empty());
    DiveRequest withWords = new Guests.Dive(request).args("word").r();
    assertThrows(DiverException.class, () -> new FullVm().plan(withWords));
  }
}
