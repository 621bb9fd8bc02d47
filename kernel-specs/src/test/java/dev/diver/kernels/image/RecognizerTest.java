package dev.diver.kernels.image;

import static dev.diver.kernels.image.Samples.ascii;
import static dev.diver.kernels.image.Samples.buffer;
import static dev.diver.kernels.image.Samples.elf;
import static dev.diver.kernels.image.Samples.elf64;
import static dev.diver.kernels.image.Samples.hex;
import static dev.diver.kernels.image.Samples.multiboot1;
import static dev.diver.kernels.image.Samples.multiboot2;
import static dev.diver.kernels.image.Samples.note;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.ZstdOutputStream;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.image.Recognized.Carrier;
import dev.diver.kernels.image.Recognized.Form;
import dev.diver.kernels.image.Recognized.Method;
import dev.diver.kernels.image.Recognized.Problem;
import dev.diver.kernels.image.Recognized.Severity;
import dev.diver.kernels.spec.KernelSpec.Firmware;
import dev.diver.kernels.spec.KernelSpec.Protocol;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

class RecognizerTest {

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "bzimage, BZ_IMAGE, LINUX, KERNEL, BIOS",
    "efi, EFI_APPLICATION, EFI, EFI_PARTITION, UEFI",
    "multiboot1-elf32, ELF, MULTIBOOT1, KERNEL, BIOS",
    "multiboot1-elf64-addresses, ELF, MULTIBOOT1, KERNEL, BIOS",
    "multiboot1-elf64, ELF, MULTIBOOT1, GRUB_ISO, BIOS",
    "multiboot1-flat, FLAT, MULTIBOOT1, KERNEL, BIOS",
    "multiboot2, ELF, MULTIBOOT2, GRUB_ISO, BIOS",
    "pvh4, ELF, PVH, KERNEL, BIOS",
    "pvh8, ELF, PVH, KERNEL, BIOS",
    "iso, ISO, ISO, CDROM, BIOS",
    "mbr, DISK, DISK, DRIVE, BIOS",
    "gpt, DISK, DISK, DRIVE, UEFI",
    "fat, DISK, DISK, DRIVE, UEFI",
    "qcow2, DISK, DISK, DRIVE, BIOS",
    "gzip, ELF, PVH, KERNEL, BIOS",
  })
  void everyRowIsRecognized(
      String name, Form form, Protocol protocol, Carrier carrier, Firmware firmware)
      throws IOException {
    Recognized kernel = look(name, sample(name));
    assertTrue(kernel.bootable(), kernel.toString());
    Method method = kernel.method().orElseThrow();
    assertEquals(form, kernel.form(), kernel.toString());
    assertEquals(protocol, method.protocol());
    assertEquals(carrier, method.carrier());
    assertEquals(firmware, method.firmware());
    assertFalse(method.machines().isEmpty());
    assertFalse(kernel.evidence().isEmpty(), "no evidence");
  }

  @Test
  void aLinuxTellsItsVersionAndArchitecture() throws IOException {
    Recognized linux = look("vmlinuz", Samples.linux());
    assertEquals("Linux kernel (bzImage), boot protocol 2.15", linux.what());
    assertEquals(Optional.of("9.8.7-sample (nobody@nowhere) #1"), linux.version());
    assertEquals(Optional.of("x86_64"), linux.architecture());
    assertEquals(List.of(), linux.problems());
    assertTrue(
        linux
            .evidence()
            .contains(new Recognized.Evidence(0x202, "HdrS: Linux boot protocol 2.15")));
  }

  @Test
  void aLinuxIsRecognizedBeforeThePeFileThatItAlsoIs() throws IOException {
    byte[] both = Samples.linux();
    buffer(both).put(0, ascii("MZ")).putInt(0x3c, 0x80).put(0x80, ascii("PE\0\0"));
    buffer(both).putShort(0x84, (short) 0x8664).putShort(0x98 + 68, (short) 10);
    Recognized linux = look("vmlinuz", both);
    assertEquals(Form.BZ_IMAGE, linux.form());
    assertEquals(
        List.of(Protocol.LINUX, Protocol.EFI),
        linux.methods().stream().map(Method::protocol).toList());
  }

  @Test
  void anEntryIsThePhysicalAddress() throws IOException {
    assertEquals(0x100010L, entry("pvh8"));
    assertEquals(Samples.ADDRESS + Samples.MULTIBOOT + 64L, entry("multiboot1-elf64-addresses"));
    byte[] high = multiboot1(elf(32, 3), 0);
    int virtual = 0xc0100000;
    buffer(high).putInt(24, virtual + 0x20).putInt(52 + 8, virtual);
    assertEquals(0x100020L, look("high", high).method().orElseThrow().entry().orElseThrow());
  }

  private long entry(String name) throws IOException {
    return look(name, sample(name)).method().orElseThrow().entry().orElseThrow();
  }

  @Test
  void qemuTakesAMultibootHeaderBeforeAPvhNote() throws IOException {
    byte[] both = note(multiboot1(elf(32, 3), 0), "Xen", 18, hex("10001000"));
    Recognized kernel = look("both", both);
    assertEquals(
        List.of(Protocol.MULTIBOOT1), kernel.methods().stream().map(Method::protocol).toList());
    assertTrue(kernel.evidence().toString().contains("QEMU ignores"), kernel.toString());
  }

  @Test
  void whatNeedsNoCdImageComesFirst() throws IOException {
    Recognized kernel = look("both", multiboot2(note(elf64(), "Xen", 18, hex("10001000"))));
    assertEquals(
        List.of(Carrier.KERNEL, Carrier.GRUB_ISO),
        kernel.methods().stream().map(Method::carrier).toList());
    assertEquals("ELF64 kernel, pvh and multiboot2", kernel.what());
  }

  /** What lies, lacks something or is something else: the sentence that must be told. */
  static Stream<Arguments> troubles() throws IOException {
    byte[] pvh = note(elf64(), "Xen", 18, hex("10001000"));
    byte[] iso = Samples.iso();
    return Stream.of(
        trouble("empty", new byte[0], "empty file"),
        trouble("text", ascii("[boot]\nprotocol = \"pvh\"\n"), "but text"),
        trouble("script", ascii("#!/bin/sh\nexec true\0\n"), "but a script"),
        trouble("noise", noise(), "none of the signs"),
        trouble("initrd", ascii("070701" + "0".repeat(104) + "\0"), "initial ramdisk"),
        trouble(
            "option.rom",
            with(new byte[4096], 0, "55aa08e9", 0x18, "1c00", 0x1c, "50434952"),
            "option ROM"),
        trouble("firmware", with(new byte[1 << 17], (1 << 17) - 16, "fafce900"), "firmware ROM"),
        trouble("volume.fd", with(new byte[4096], 0x28, "5f465648"), "UEFI firmware volume"),
        trouble("arm64", with(new byte[4096], 0, "4d5a", 0x38, "41524d64"), "AArch64"),
        trouble("arm-elf", elf(64, 183), "It is for AArch64"),
        trouble("riscv-elf", elf(64, 243), "It is for RISC-V"),
        trouble("efi-ia32", Samples.pe(0x14c, 10), "32-bit UEFI"),
        trouble("efi-arm", Samples.pe(0xaa64, 10), "It is for aarch64"),
        trouble("windows.exe", Samples.pe(0x8664, 3), "Windows program"),
        trouble("driver.efi", Samples.pe(0x8664, 11), "UEFI driver"),
        trouble("dos.exe", ascii("MZ" + "\0".repeat(100)), "where its header should be"),
        trouble("cut.efi", Arrays.copyOf(Samples.pe(0x8664, 10), 1200), "cut short"),
        trouble("cut-linux", Arrays.copyOf(Samples.linux(), 3000), "cut short"),
        trouble("plain-elf", elf64(), "no multiboot 1 header in its first 8192 bytes"),
        trouble("object.o", with(elf64(), 16, "0100"), "not linked yet"),
        trouble("cut-elf", Arrays.copyOf(pvh, 0x2000), "cut short"),
        trouble("stub-elf", Arrays.copyOf(pvh, 40), "within its own header"),
        trouble("pvh-empty", note(elf64(), "Xen", 18, new byte[0]), "PVH note has no address"),
        trouble("pvh-6", note(elf64(), "Xen", 18, new byte[6]), "6 bytes stand where 4 or 8"),
        trouble(
            "pvh-outside", note(elf64(), "Xen", 18, hex("00000070")), "0x70000000 lies in nothing"),
        trouble(
            "pvh-virtual", note(elf64(), "Xen", 18, hex("10000081ffffffff")), "0xffffffff81000010"),
        trouble("xen-pv", note(elf64(), "Xen", 1, hex("1000100000000000")), "paravirtual Xen"),
        trouble(
            "solo5",
            note(elf64(), "Solo5", 0x31494241, hex("0100000001000000")),
            "tender of Solo5"),
        trouble("hermit", note(elf64(), "HERMIT", 0x5a00, hex("04")), "Hermit's loader"),
        trouble(
            "headers-outside", with(pvh.clone(), 32, "ffffffffffffff7f"), "outside of the file"),
        trouble("headers-odd", with(pvh.clone(), 54, "0700"), "program headers of 7 bytes"),
        trouble("notes-outside", with(pvh.clone(), 128, "0000000000000070"), "notes lie outside"),
        trouble(
            "high-elf",
            with(multiboot2(elf64()), 64 + 24, "0000108000000000", 64 + 29, "ff"),
            "a 32-bit loader cannot reach"),
        trouble(
            "mb1-load",
            with(multiboot1(elf64(), 0x10000), 0x1010, "00002000"),
            "header_addr and load_addr"),
        trouble("mb1-end", with(multiboot1(elf64(), 0x10000), 0x1014, "00000800"), "load_end_addr"),
        trouble("mb1-long", with(multiboot1(elf64(), 0x10000), 0x1014, "00000070"), "cut short"),
        trouble("mb1-bss", with(multiboot1(elf64(), 0x10000), 0x1018, "00001000"), "bss_end_addr"),
        trouble("mb1-entry", with(multiboot1(elf64(), 0x10000), 0x101c, "00000060"), "entry_addr"),
        trouble("mb1-sum", with(multiboot1(elf64(), 0), 0x1008, "00000000"), "checksum is wrong"),
        trouble("mb1-flat", multiboot1(new byte[Samples.SIZE], 0), "not ELF"),
        trouble("mb2-flat", multiboot2(new byte[Samples.SIZE]), "no address tag"),
        trouble(
            "mb2-tag", with(multiboot2(elf64()), 0x1014, "ffffff00"), "a tag of its header claims"),
        trouble("iso-cut", Arrays.copyOf(iso, 20 * 2048), "cut short"),
        trouble("iso-silent", with(iso.clone(), 17 * 2048 + 7, "00"), "no El Torito"),
        trouble(
            "iso-lost", with(iso.clone(), 17 * 2048 + 0x47, "ffffff7f"), "no valid boot catalog"),
        trouble(
            "iso-ppc",
            with(iso.clone(), 19 * 2048 + 1, "01", 19 * 2048 + 28, "aa54", 19 * 2048 + 64, "00"),
            "no entry that an x86"),
        trouble("disk-blank", with(new byte[1 << 16], 510, "55aa"), "no boot code"),
        trouble("qcow2-header", with(Samples.qcow2(), 20, "000000ff"), "header is damaged"),
        trouble(
            "qcow2-backed",
            with(Samples.qcow2(), 8, "0000000000000070", 16, "00000004", 0x70, "2f657463"),
            "differences to another"),
        trouble(
            "qcow2-future", with(Samples.qcow2(), 72, "0000000000000100"), "features that QEMU"),
        trouble(
            "qcow2-corrupt", with(Samples.qcow2(), 72, "0000000000000002"), "marked as corrupt"),
        trouble("qcow2-version", with(Samples.qcow2(), 4, "00000004"), "none that QEMU has"),
        trouble("vmdk-text", ascii("# Disk DescriptorFile\nversion=1\n"), "in other files"),
        trouble("luks", with(new byte[4096], 0, "4c554b53babe"), "encrypted"),
        trouble("gzip-cut", Arrays.copyOf(Samples.gzip(Samples.qcow2()), 60), "cannot be unpacked"),
        trouble("gzip-lie", hex("1f8b08ffffffffffff"), "cannot be unpacked"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("troubles")
  void whatStandsInTheWayIsSaidWithARemedy(String name, byte[] content, String part)
      throws IOException {
    Recognized kernel = look(name, content);
    assertFalse(kernel.bootable(), kernel.toString());
    assertTrue(
        kernel.problems().stream().anyMatch(p -> p.what().contains(part)), kernel.toString());
    for (Problem problem : kernel.problems()) {
      assertTrue(problem.what().endsWith("."), problem.what());
      assertTrue(problem.remedy().endsWith("."), problem.remedy());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "vmdk, 4b444d56, 0",
    "vhdx, 7668647866696c65, 0",
    "vpc, 636f6e6563746978, 0",
    "vpc, 636f6e6563746978, 3584",
    "vdi, 7f10dabe, 64",
    "qed, 51454400, 0",
    "qcow, 514649fb00000001, 0",
    "parallels, 576974686f7574467265655370616365, 0",
    "dmg, 6b6f6c79, 3584",
    "bochs, 426f636873205669727475616c20484420496d616765, 0",
  })
  void diskFormatsAreToldByTheirMagic(String format, String magic, int at) throws IOException {
    Recognized disk = look("disk.img", with(new byte[4096], at, magic));
    assertEquals(Optional.of(format), disk.diskFormat(), disk.toString());
    assertEquals(Protocol.DISK, disk.method().orElseThrow().protocol());
    assertTrue(warned(disk, "its format is " + format), disk.toString());
    assertFalse(disk.bootable(), disk.toString());
  }

  @Test
  void aDiskThatIsNotWhatItsNameSaysIsRefused() throws IOException {
    Recognized raw = look("a.qcow2", Samples.mbr(new byte[8192]));
    assertTrue(raw.problems().toString().contains("content is a raw disk"), raw.toString());
    assertFalse(raw.bootable());
    Recognized qcow2 = look("a.raw", Samples.qcow2());
    assertTrue(qcow2.problems().toString().contains("its format is qcow2"), qcow2.toString());
    assertFalse(qcow2.bootable());
    assertTrue(warned(look("b.img", Samples.qcow2()), "its format is qcow2"));
    assertTrue(look("b.img", Samples.qcow2()).bootable());
    assertEquals(List.of(), look("c.qcow2", Samples.qcow2()).problems());
    assertEquals(List.of(), look("d.img", Samples.mbr(new byte[8192])).problems());
  }

  @Test
  void aGptWithAWrongChecksumIsWarnedOf() throws IOException {
    byte[] disk = Samples.gpt();
    disk[540]++;
    assertTrue(warned(look("disk.img", disk), "checksum of its GPT"));
    assertEquals(List.of(), look("disk.img", Samples.gpt()).problems());
  }

  @Test
  void partitionsPastTheEndAreWarnedOf() throws IOException {
    byte[] disk = Samples.mbr(new byte[1 << 20]);
    assertTrue(warned(look("disk.img", Arrays.copyOf(disk, 1 << 19)), "Partition 1 ends at"));
  }

  /** As seen under QEMU 7.2: at 8 it finds no address, at 0 it ends by SIGFPE. */
  @ParameterizedTest
  @CsvSource({"1, true", "2, true", "4, true", "8, false", "16, false", "0, false", "-1, false"})
  void aNoteThatQemuMisreadsIsNotBootable(long alignment, boolean boots) throws IOException {
    byte[] kernel = note(elf64(), "Xen", 18, hex("10001000"));
    buffer(kernel).putLong(120 + 48, alignment);
    assertEquals(boots, look("kernel", kernel).bootable(), look("kernel", kernel).toString());
  }

  /** QEMU looks at a note's type alone. */
  @Test
  void anotherNoteOfTheSameTypeHidesThePvhEntry() throws IOException {
    byte[] kernel = note(elf64(), "Mine", 18, hex("20001000"));
    note(kernel, "Xen", 18, hex("10001000"));
    assertTrue(look("kernel", kernel).problems().toString().contains("QEMU reads 0x100020"));
    byte[] other = note(note(elf64(), "Mine", 7, hex("20001000")), "Xen", 18, hex("10001000"));
    assertTrue(look("other", other).bootable());
  }

  @Test
  void aHeaderThatQemuOverlooksGoesThroughGrub() throws IOException {
    Recognized kernel = look("late", multiboot1(elf(32, 3), 0, 8192 - 16));
    assertEquals(Carrier.GRUB_ISO, kernel.method().orElseThrow().carrier());
    assertTrue(warned(kernel, "8192-byte limit"));
    assertFalse(look("later", multiboot1(elf(32, 3), 0, 8192)).bootable());
  }

  private static boolean warned(Recognized kernel, String part) {
    return kernel.problems().stream()
        .anyMatch(p -> p.severity() == Severity.WARNING && p.what().contains(part));
  }

  /** A disk may hold a kernel's header by chance or in a file: it stays a disk. */
  @Test
  void nobodyLooksForKernelsInsideOfDisks() throws IOException {
    byte[] disk = multiboot1(Samples.mbr(new byte[Samples.SIZE]), 0x10000);
    assertEquals(Form.DISK, look("disk.img", disk).form());
  }

  @ParameterizedTest
  @CsvSource({"GZIP", "BZIP2", "XZ", "ZSTD"})
  void compressedKernelsAreLookedInto(Compression compression) throws IOException {
    byte[] kernel = note(elf64(), "Xen", 18, hex("10001000"));
    Path packed = write("kernel.z", packed(compression, kernel));
    Recognized recognized = Recognizer.of(packed);
    assertEquals(Optional.of(compression), recognized.compression());
    assertEquals(Protocol.PVH, recognized.method().orElseThrow().protocol());
    assertTrue(warned(recognized, "no loader unpacks"), recognized.toString());
    Path unpacked = folder.resolve("unpacked");
    compression.unpack(packed, unpacked, kernel.length);
    assertArrayEquals(kernel, Files.readAllBytes(unpacked));
  }

  @ParameterizedTest
  @CsvSource({"GZIP", "BZIP2", "XZ", "ZSTD"})
  void whatCannotBeUnpackedLeavesNothingBehind(Compression compression) throws IOException {
    byte[] packed = packed(compression, noise());
    Path into = folder.resolve("into");
    Path cut = write("cut", Arrays.copyOf(packed, packed.length / 2));
    assertEquals(Failure.Kind.INVALID, unpackFails(compression, cut, into, Long.MAX_VALUE));
    Path bomb = write("bomb", packed(compression, new byte[1 << 22]));
    assertEquals(Failure.Kind.INVALID, unpackFails(compression, bomb, into, 1 << 20));
    assertFalse(Files.exists(into));
    Files.writeString(into, "mine");
    assertThrows(DiverException.class, () -> compression.unpack(bomb, into, 1 << 23));
    assertEquals("mine", Files.readString(into), "what was there is not touched");
  }

  private static Failure.Kind unpackFails(Compression c, Path file, Path into, long limit) {
    return assertThrows(DiverException.class, () -> c.unpack(file, into, limit)).failure().kind();
  }

  @Test
  void onlyFilesAreRead() throws Exception {
    Path pipe = folder.resolve("pipe");
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    assertEquals(Failure.Kind.INVALID, refused(pipe));
    assertEquals(Failure.Kind.INVALID, refused(folder));
    assertEquals(Failure.Kind.INVALID, refused(Path.of("/dev/zero")));
    assertEquals(Failure.Kind.NOT_FOUND, refused(folder.resolve("absent")));
  }

  private static Failure.Kind refused(Path file) {
    return assertThrows(DiverException.class, () -> Recognizer.of(file)).failure().kind();
  }

  /** Counted by the kernel (proc(5), io: rchar), on sparse files of a terabyte. */
  @Test
  void littleIsReadOfAHugeFile() throws IOException {
    for (Map.Entry<String, byte[]> sample : Samples.sound().entrySet()) {
      Path file = write("huge", sample.getValue());
      try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
        sparse.setLength(1L << 40);
      }
      boolean elf = Recognizer.of(file).form() == Form.ELF;
      int times = 20;
      long before = bytesRead();
      for (int i = 0; i < times; i++) {
        Recognizer.of(file);
      }
      long each = (bytesRead() - before) / times;
      int most = elf ? Recognizer.MOST_READ_OF_ELF : Recognizer.MOST_READ;
      assertTrue(each <= most, sample.getKey() + ": " + each);
    }
  }

  /** By this process so far (proc(5), io: rchar). */
  static long bytesRead() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/io")).stream()
        .filter(line -> line.startsWith("rchar: "))
        .mapToLong(line -> Long.parseLong(line.substring("rchar: ".length())))
        .findFirst()
        .orElseThrow();
  }

  private static byte[] sample(String name) throws IOException {
    return Objects.requireNonNull(Samples.sound().get(name), name);
  }

  private Recognized look(String name, byte[] content) throws IOException {
    return Recognizer.of(write(name, content));
  }

  private Path write(String name, byte[] content) throws IOException {
    return Files.write(folder.resolve(name), content);
  }

  private static Arguments trouble(String name, byte[] content, String part) {
    return Arguments.of(name, content, part);
  }

  /** Puts these bytes there: offsets and hexadecimal digits in turn. */
  private static byte[] with(byte[] bytes, Object... patches) {
    for (int i = 0; i < patches.length; i += 2) {
      byte[] patch = hex((String) patches[i + 1]);
      System.arraycopy(patch, 0, bytes, (int) patches[i], patch.length);
    }
    return bytes;
  }

  private static byte[] noise() {
    byte[] noise = new byte[70_001];
    new java.util.Random(7).nextBytes(noise);
    return noise;
  }

  private static byte[] packed(Compression compression, byte[] bytes) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream out =
        switch (compression) {
          case GZIP -> new java.util.zip.GZIPOutputStream(packed);
          case BZIP2 -> new BZip2CompressorOutputStream(packed);
          case XZ -> new XZOutputStream(packed, new LZMA2Options());
          case ZSTD -> new ZstdOutputStream(packed);
        }) {
      out.write(bytes);
    }
    return packed.toByteArray();
  }
}
