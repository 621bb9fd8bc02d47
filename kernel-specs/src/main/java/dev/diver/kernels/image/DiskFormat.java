package dev.diver.kernels.image;

import static dev.diver.kernels.image.Bytes.bigEndian;
import static dev.diver.kernels.image.Bytes.u32;
import static dev.diver.kernels.image.Bytes.u64;

import dev.diver.kernels.image.Recognized.Form;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A disk image format that QEMU tells by its magic number (QEMU, block/*.c).
 *
 * @param qemuName its name for {@code -drive format=}
 * @param magic what its files begin with
 * @param look says what else its header tells
 * @param extensions that its files usually have
 */
record DiskFormat(String qemuName, String magic, Consumer<Findings> look, List<String> extensions) {

  /** What a disk is that has no format of its own. */
  static final String RAW = "raw";

  static final String QCOW2 = "qcow2";

  /** Why no other formats: their files may name further files in ways not known here. */
  static final String ATTACHED = "Diver attaches raw and qcow2 disks alone.";

  /** What to do where a file's name says another format than its content. */
  static final String RENAME =
      "Copy it again if it should be what its name says; else rename it to end in .img.";

  private static final DiskFormat VPC =
      new DiskFormat("vpc", "conectix", DiskFormat::vpc, List.of("vhd", "vpc"));
  private static final DiskFormat VDI =
      new DiskFormat("vdi", "<<<", DiskFormat::vdi, List.of("vdi"));
  private static final DiskFormat DMG =
      new DiskFormat("dmg", "koly", DiskFormat::nothing, List.of("dmg"));

  /** Those whose magic stands at the start. */
  private static final List<DiskFormat> KNOWN =
      List.of(
          new DiskFormat("qcow", "QFI\373\0\0\0\1", DiskFormat::nothing, List.of("qcow")),
          new DiskFormat(QCOW2, "QFI\373", QCow2::look, List.of("qcow2", "qcow")),
          new DiskFormat("vmdk", "KDMV", DiskFormat::vmdk, List.of("vmdk")),
          new DiskFormat("vmdk", "COWD", DiskFormat::nothing, List.of("vmdk")),
          new DiskFormat("vmdk", "# Disk DescriptorFile", DiskFormat::descriptor, List.of("vmdk")),
          new DiskFormat("vhdx", "vhdxfile", DiskFormat::vhdx, List.of("vhdx")),
          VPC,
          new DiskFormat("qed", "QED\0", DiskFormat::nothing, List.of("qed")),
          new DiskFormat(
              "parallels", "WithoutFreeSpace", DiskFormat::nothing, List.of("hdd", "hds")),
          new DiskFormat(
              "parallels", "WithouFreSpacExt", DiskFormat::nothing, List.of("hdd", "hds")),
          new DiskFormat("bochs", "Bochs Virtual HD Image", DiskFormat::nothing, List.of()),
          new DiskFormat("cloop", "#!/bin/sh\n#V2.0 Format", DiskFormat::nothing, List.of("cloop")),
          new DiskFormat("luks", "LUKS\272\276", DiskFormat::encrypted, List.of("luks")));

  private static final int VDI_SIGNATURE = 0x40;
  private static final long VDI_MAGIC = 0xbeda107fL;
  private static final int FOOTER = 512;
  private static final int SECTOR = 512;

  static boolean recognize(Findings f) {
    Optional<DiskFormat> format = of(f);
    if (format.isEmpty()) {
      return false;
    }
    DiskFormat found = format.get();
    f.is(Form.DISK, found.qemuName + " disk").disk(found.qemuName);
    found.look.accept(f);
    if (!found.qemuName.equals(QCOW2)) {
      f.fatal(ATTACHED, conversion(f.file()));
    }
    if (f.hasNoMethod()) {
      f.bootsAsDisk(true, true)
          .warning(
              "What is on a " + found.qemuName + " disk is not looked at: BIOS is assumed.",
              "Give --firmware uefi where it boots by UEFI.");
    }
    String extension = extension(f.file());
    if (misnamed(f.file(), found.qemuName).isPresent()) {
      f.fatal("It is named ." + extension + ", and its format is " + found.qemuName + ".", RENAME);
    } else if (!extension.isEmpty() && !found.extensions.contains(extension)) {
      f.warning(
          "It is named ." + extension + ", and its format is " + found.qemuName + ".",
          "Diver tells QEMU the format; opened as raw it would hang without a word.");
    }
    return true;
  }

  private static Optional<DiskFormat> of(Findings f) {
    Optional<DiskFormat> format = ofStart(f.head);
    format.ifPresent(
        found ->
            f.found(
                found.equals(VDI) ? VDI_SIGNATURE : 0, "magic of a " + found.qemuName + " disk"));
    return format.or(() -> footer(f));
  }

  /** By a file's first bytes; those of a raw disk tell nothing. */
  static Optional<DiskFormat> ofStart(ByteBuffer head) {
    return KNOWN.stream()
        .filter(format -> Bytes.matches(head, 0, format.magic))
        .findFirst()
        .or(() -> u32(head, VDI_SIGNATURE) == VDI_MAGIC ? Optional.of(VDI) : Optional.empty());
  }

  /** Two formats say at their end what they are. */
  private static Optional<DiskFormat> footer(Findings f) {
    Optional<ByteBuffer> end = f.bytes.at(f.size() - FOOTER, FOOTER);
    if (end.isPresent() && Bytes.matches(end.get(), 0, "koly")) {
      f.found(f.size() - FOOTER, "koly: Apple disk image");
      return Optional.of(DMG);
    }
    if (end.isPresent() && Bytes.matches(end.get(), 0, "conectix")) {
      f.found(f.size() - FOOTER, "conectix: footer of a fixed-size vpc disk");
      return Optional.of(VPC);
    }
    return Optional.empty();
  }

  /** The file's extension where it names another format than the one that its content has. */
  static Optional<String> misnamed(Path file, String qemuName) {
    String extension = extension(file);
    boolean names =
        extension.equals(RAW) || all().anyMatch(format -> format.extensions.contains(extension));
    boolean may =
        qemuName.equals(RAW) ? RawDisk.NAMES.contains(extension) : isNamed(file, qemuName);
    return names && !may ? Optional.of(extension) : Optional.empty();
  }

  /** Whether a file's extension is one that files of this format usually have. */
  static boolean isNamed(Path file, String qemuName) {
    String extension = extension(file);
    return all().anyMatch(f -> f.qemuName.equals(qemuName) && f.extensions.contains(extension));
  }

  private static Stream<DiskFormat> all() {
    return Stream.concat(KNOWN.stream(), Stream.of(VDI, DMG));
  }

  static String extension(Path file) {
    String name = String.valueOf(file.getFileName());
    int dot = name.lastIndexOf('.');
    return dot <= 0 ? "" : name.substring(dot + 1).toLowerCase(Locale.ROOT);
  }

  private static void nothing(Findings f) {
    // Its magic is all that is known here.
  }

  /** Fixed-size disks are raw ones with a footer, so their first sector can be seen. */
  private static void vpc(Findings f) {
    boolean fixed = !Bytes.matches(f.head, 0, "conectix");
    ByteBuffer header = fixed ? f.bytes.at(f.size() - FOOTER, FOOTER).orElse(f.head) : f.head;
    f.virtualSize(u64(bigEndian(header), 48));
    if (u32(bigEndian(header), 60) == 4) {
      needsAnother(f);
    }
  }

  private static void vhdx(Findings f) {
    f.version(Bytes.text(f.head, 8, 256, StandardCharsets.UTF_16LE));
  }

  private static void vdi(Findings f) {
    f.version(Bytes.text(f.head, 0, 64)).virtualSize(u64(f.head, 0x170));
    if (u32(f.head, 0x4c) == 4) {
      needsAnother(f);
    }
  }

  private static void vmdk(Findings f) {
    f.virtualSize(u64(f.head, 12) * SECTOR);
    long descriptor = u64(f.head, 28);
    if (descriptor > 0 && descriptor < f.head.limit() / SECTOR) {
      parent(f, Bytes.text(f.head, (int) descriptor * SECTOR, 2048, StandardCharsets.UTF_8));
    }
  }

  private static void parent(Findings f, String descriptor) {
    boolean none = !descriptor.contains("parentCID=") || descriptor.contains("parentCID=ffffffff");
    if (!none) {
      needsAnother(f);
    }
  }

  private static void descriptor(Findings f) {
    f.fatal("It only describes a disk; the content is in other files.", conversion(f.file()));
  }

  private static void encrypted(Findings f) {
    f.fatal("It is encrypted.", "Decrypt it into a raw disk (cryptsetup, qemu-img convert).");
  }

  /** The command that makes of it what Diver attaches, as a remedy. */
  static String conversion(Path file) {
    return "Convert it: qemu-img convert -O qcow2 " + file.getFileName() + " x.qcow2.";
  }

  /** A file that names another would take that from the machine that opens it. */
  static void needsAnother(Findings f) {
    f.fatal("It holds only the differences to another disk.", conversion(f.file()));
  }
}
