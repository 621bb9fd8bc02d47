package dev.diver.kernels.image;

import static dev.diver.kernels.image.Bytes.bigEndian;
import static dev.diver.kernels.image.Bytes.hex;
import static dev.diver.kernels.image.Bytes.u32;
import static dev.diver.kernels.image.Bytes.u64;

import dev.diver.kernels.bytes.BoundedBytes;
import dev.diver.kernels.image.RawDisk.Firmwares;
import java.nio.ByteBuffer;
import java.util.Optional;

/** qcow2 disks, version 2 and 3 (QEMU, docs/interop/qcow2.txt). */
final class QCow2 {

  private static final int BACKING_OFFSET = 8;
  private static final int BACKING_SIZE = 16;
  private static final int CLUSTER_BITS = 20;
  private static final int SIZE = 24;
  private static final int ENCRYPTION = 32;
  private static final int L1_SIZE = 36;
  private static final int L1_OFFSET = 40;
  private static final int FEATURES = 72;
  private static final int MAX_NAME = 1023;

  private static final long CORRUPT = 2;
  private static final long EXTERNAL_DATA = 4;
  private static final long KNOWN_FEATURES = 0x1f;
  private static final long EXTENDED_L2 = 16;

  /** Offsets of clusters are in bits 9 to 55 of a table's entry. */
  private static final long OFFSET = 0x00fffffffffffe00L;

  private static final long COMPRESSED = 1L << 62;
  private static final long ZERO = 1;

  /** The boot sector and a GPT with 28 entries. */
  private static final int START = 9 * 512;

  private QCow2() {}

  static void look(Findings f) {
    ByteBuffer head = bigEndian(f.head);
    long version = u32(head, 4);
    long clusterBits = u32(head, CLUSTER_BITS);
    f.found(4, "version " + version).virtualSize(u64(head, SIZE));
    if (version != 2 && version != 3) {
      f.fatal(
          "Its version " + version + " is none that QEMU has.",
          "Check it with qemu-img check, or copy it again.");
      return;
    }
    if (clusterBits < 9 || clusterBits > 21 || outside(f, u64(head, L1_OFFSET))) {
      f.fatal(
          "Its header is damaged: clusters of 2^%d bytes, first table at %s."
              .formatted(clusterBits, hex(u64(head, L1_OFFSET))),
          "Check it with qemu-img check, or copy it again.");
      return;
    }
    obstacles(f, head);
    start(f, head)
        .ifPresent(
            start -> {
              Firmwares firmwares = RawDisk.look(f, start, u64(head, SIZE));
              f.bootsAsDisk(firmwares.bios(), firmwares.uefi());
              if (f.hasNoMethod()) {
                f.fatal(
                    "Its first sector has no boot code, and it has no EFI system partition.",
                    "Install a boot loader on it, or name the kernel that is on it.");
              }
            });
  }

  /** What keeps QEMU from opening it, or makes it open another file. */
  private static void obstacles(Findings f, ByteBuffer head) {
    long features = features(head);
    if (isBacked(head)) {
      String name =
          Bytes.text(
              f.head,
              Math.clamp(u64(head, BACKING_OFFSET), 0, Integer.MAX_VALUE),
              (int) Math.min(u32(head, BACKING_SIZE), MAX_NAME));
      f.found(BACKING_OFFSET, "backing file " + name);
      DiskFormat.needsAnother(f);
    }
    if (hasDataFile(head)) {
      f.found(FEATURES, "external data file");
      DiskFormat.needsAnother(f);
    }
    if (u32(head, ENCRYPTION) != 0) {
      f.fatal("It is encrypted.", "Decrypt it: qemu-img convert -O qcow2 into another file.");
    }
    if ((features & CORRUPT) != 0) {
      f.fatal("It is marked as corrupt.", "Repair it: qemu-img check -r all, on a copy.");
    }
    if ((features & ~KNOWN_FEATURES) != 0) {
      f.fatal(
          "It needs features that QEMU 7.2 does not have (" + hex(features) + ").",
          "Convert it with the QEMU that made it: qemu-img convert -O qcow2 -o compat=1.1.");
    }
  }

  /** Whether what it does not hold comes from another file. */
  static boolean isBacked(ByteBuffer head) {
    return u64(bigEndian(head), BACKING_OFFSET) != 0;
  }

  /** Whether what it holds is in another file. */
  static boolean hasDataFile(ByteBuffer head) {
    return (features(head) & EXTERNAL_DATA) != 0;
  }

  /** What a reader has to know; version 2 has none. */
  private static long features(ByteBuffer head) {
    return u32(bigEndian(head), 4) >= 3 ? u64(bigEndian(head), FEATURES) : 0;
  }

  /** The beginning of the disk, found through the two tables where that is simple. */
  private static Optional<ByteBuffer> start(Findings f, ByteBuffer head) {
    if ((features(head) & EXTENDED_L2) != 0 || u32(head, L1_SIZE) == 0) {
      return Optional.empty();
    }
    return pointer(f, u64(head, L1_OFFSET))
        .flatMap(l2 -> pointer(f, l2))
        .map(cluster -> f.bytes.some(cluster, START))
        .filter(start -> Bytes.u16(start, 510) == 0xaa55);
  }

  private static Optional<Long> pointer(Findings f, long table) {
    return f.bytes
        .at(table, Long.BYTES)
        .map(entry -> u64(bigEndian(entry), 0))
        .filter(entry -> (entry & (COMPRESSED | ZERO)) == 0 && (entry & OFFSET) != 0)
        .map(entry -> entry & OFFSET);
  }

  private static boolean outside(Findings f, long offset) {
    return offset <= 0 || (f.size() != BoundedBytes.UNKNOWN_SIZE && offset >= f.size());
  }
}
