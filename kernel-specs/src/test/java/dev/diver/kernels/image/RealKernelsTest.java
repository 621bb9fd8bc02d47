package dev.diver.kernels.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.kernels.image.Recognized.Carrier;
import dev.diver.kernels.image.Recognized.Form;
import dev.diver.kernels.image.Recognized.Method;
import dev.diver.kernels.spec.KernelSpec.Firmware;
import dev.diver.kernels.spec.KernelSpec.Protocol;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Files that others made: the tiny kernels of e2e/kernels, each of which QEMU boots as its table
 * says, and what Debian packages ({@code diver setup test} installs it).
 */
class RealKernelsTest {

  private static final Path TINY = Path.of("../e2e/kernels");
  private static final int FILE = 0;
  private static final int PROTOCOL = 1;
  private static final int BOOTS = 2;

  /** The table's words for how QEMU is given the file. */
  private static final Map<String, Carrier> CARRIERS =
      Map.of(
          "kernel", Carrier.KERNEL,
          "grub", Carrier.GRUB_ISO,
          "cdrom", Carrier.CDROM,
          "disk", Carrier.DRIVE,
          "qcow2", Carrier.DRIVE,
          "efi", Carrier.EFI_PARTITION);

  static Stream<Arguments> tinyKernels() throws IOException {
    List<String[]> rows =
        Files.readAllLines(TINY.resolve("kernels.tsv")).stream()
            .skip(1)
            .filter(line -> !line.startsWith("#") && !line.isBlank())
            .map(line -> line.split("\t", -1))
            .toList();
    assertTrue(rows.size() > 40, "rows were lost: " + rows.size());
    return rows.stream().map(row -> Arguments.of(row[FILE], row[PROTOCOL], row[BOOTS]));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("tinyKernels")
  void tinyKernelsAreWhatTheirTableSays(String file, String protocol, String boots) {
    Recognized kernel = Recognizer.of(TINY.resolve("build").resolve(file));
    Carrier carrier = CARRIERS.get(boots);
    if (carrier == null) {
      boolean packed = kernel.compression().isPresent();
      assertEquals(protocol.equals("gzip"), packed, kernel.toString());
      assertEquals(packed, kernel.bootable(), kernel.toString());
      assertFalse(kernel.problems().isEmpty(), kernel.toString());
      return;
    }
    Method method = kernel.method().orElseThrow(() -> new AssertionError(kernel));
    assertTrue(kernel.bootable(), kernel.toString());
    assertEquals(protocol, method.protocol().toString());
    assertEquals(carrier, method.carrier());
    assertEquals(boots.equals("qcow2"), kernel.diskFormat().equals(Optional.of("qcow2")));
  }

  @Test
  void debiansLinuxTellsItsVersion() throws IOException {
    Path file = linux();
    Recognized linux = Recognizer.of(file);
    assertEquals(Form.BZ_IMAGE, linux.form(), linux.toString());
    assertEquals(Optional.of("x86_64"), linux.architecture());
    assertEquals(List.of(), linux.problems());
    assertEquals(
        List.of(Protocol.LINUX, Protocol.EFI),
        linux.methods().stream().map(Method::protocol).toList());
    String version = linux.version().orElseThrow();
    assertTrue(version.contains("Debian"), version);
    String name = file.getFileName().toString();
    assertTrue(!name.contains("-") || name.endsWith(version.split(" ", 2)[0]), name + version);
  }

  private static Path linux() throws IOException {
    try (Stream<Path> boot = Files.list(Path.of("/boot"))) {
      return boot.filter(file -> file.getFileName().toString().startsWith("vmlinuz-"))
          .findFirst()
          .orElse(Path.of("kernels/linux/build/vmlinuz"));
    }
  }

  @Test
  void memtestBootsAsLinuxAndByUefi() {
    Recognized bios = Recognizer.of(debian("/boot/memtest86+x64.bin", "memtest86+"));
    assertEquals(Protocol.LINUX, bios.method().orElseThrow().protocol());
    assertTrue(bios.version().orElse("").startsWith("Memtest86+"), bios.toString());
    Recognized uefi = Recognizer.of(debian("/boot/memtest86+x64.efi", "memtest86+"));
    assertTrue(uefi.methods().stream().anyMatch(m -> m.protocol() == Protocol.EFI));
    Recognized narrow = Recognizer.of(debian("/boot/memtest86+ia32.efi", "memtest86+"));
    assertEquals(List.of(Protocol.LINUX), narrow.methods().stream().map(Method::protocol).toList());
    Recognized iso = Recognizer.of(debian("/usr/lib/memtest86+/memtest86+x64.iso", "memtest86+"));
    assertEquals(
        List.of(Firmware.BIOS, Firmware.UEFI),
        iso.methods().stream().map(Method::firmware).toList());
    assertEquals(List.of(), iso.problems());
  }

  @Test
  void xenIsAMultibootKernelInsideOfGzip() {
    Recognized xen = Recognizer.of(debian("/boot/xen-4.17-amd64.gz", "xen-hypervisor-4.17-amd64"));
    assertEquals(Optional.of(Compression.GZIP), xen.compression());
    assertEquals(
        List.of(Protocol.MULTIBOOT1, Protocol.MULTIBOOT2),
        xen.methods().stream().map(Method::protocol).toList());
    Recognized efi = Recognizer.of(debian("/boot/xen-4.17-amd64.efi", "xen-hypervisor-4.17-amd64"));
    assertEquals(Form.EFI_APPLICATION, efi.form());
    assertTrue(efi.bootable(), efi.toString());
  }

  static Stream<Arguments> noKernels() {
    return Stream.of(
        Arguments.of("/usr/lib/ipxe/qemu/efi-virtio.rom", "ipxe-qemu", "an option ROM"),
        Arguments.of("/usr/lib/ipxe/qemu/pxe-virtio.rom", "ipxe-qemu", "an option ROM"),
        Arguments.of("/usr/lib/u-boot/qemu-x86_64/u-boot.rom", "u-boot-qemu", "a firmware ROM"),
        Arguments.of("/usr/lib/u-boot/qemu-x86_64/uboot.elf", "u-boot-qemu", "no PVH note"),
        Arguments.of("/usr/lib/u-boot/qemu_arm64/uboot.elf", "u-boot-qemu", "for AArch64"),
        Arguments.of("/usr/lib/u-boot/qemu-riscv64/uboot.elf", "u-boot-qemu", "for RISC-V"),
        Arguments.of("/usr/share/OVMF/OVMF_CODE_4M.fd", "ovmf", "a UEFI firmware volume"),
        Arguments.of("/bin/sh", "dash", "a program for an operating system"));
  }

  @ParameterizedTest
  @MethodSource("noKernels")
  void whatIsNoKernelIsCalledWhatItIs(String file, String debianPackage, String part) {
    Recognized recognized = Recognizer.of(debian(file, debianPackage));
    assertFalse(recognized.bootable());
    assertTrue(recognized.problems().toString().contains(part), recognized.toString());
  }

  private static Path debian(String file, String debianPackage) {
    assertTrue(Files.exists(Path.of(file)), file + " is missing: apt install " + debianPackage);
    return Path.of(file);
  }
}
