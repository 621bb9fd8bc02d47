package dev.diver.kernels.image;

import static dev.diver.kernels.image.Bytes.hex;
import static dev.diver.kernels.image.Bytes.u16;
import static dev.diver.kernels.image.Bytes.u32;
import static dev.diver.kernels.image.Bytes.u64;
import static dev.diver.kernels.image.Bytes.u8;

import dev.diver.kernels.bytes.BoundedBytes;
import dev.diver.kernels.image.Recognized.Form;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * Disks without a format of their own, by their first sector: a boot sector, an MBR, a GPT (UEFI
 * 2.10, chapter 5), a file system of FAT. What is on the disk besides is none of our business.
 */
final class RawDisk {

  private static final int SECTOR = 512;
  private static final int TABLE = 446;
  private static final int ENTRY = 16;

  private static final int TYPE_GPT = 0xee;
  private static final int TYPE_EFI = 0xef;

  private static final String ESP = "28732ac11ff8d211ba4b00a0c93ec93b";
  private static final String BIOS_BOOT = "4861682149646f6e744e656564454649";
  private static final int GPT_READ = 8 * 1024;
  private static final int GPT_ENTRY = 128;

  /** What the boot sectors that mkfs makes print. */
  private static final String NO_LOADER = "not a bootable disk";

  /** What raw disks are named. */
  static final Set<String> NAMES = Set.of("", "img", "raw", "bin", "dd", "disk", "hdd");

  private RawDisk() {}

  static boolean recognize(Findings f) {
    if (u16(f.head, 510) != 0xaa55) {
      return false;
    }
    f.is(Form.DISK, "raw disk").disk(DiskFormat.RAW).found(510, "55 AA: boot sector");
    Firmwares firmwares = look(f, f.head, f.size());
    f.bootsAsDisk(firmwares.bios(), firmwares.uefi());
    if (!firmwares.bios() && !firmwares.uefi()) {
      f.fatal(
          "Its first sector has no boot code, and it has no EFI system partition.",
          "Install a boot loader on it (grub-install), or name the kernel that is on it.");
    }
    DiskFormat.misnamed(f.file(), DiskFormat.RAW)
        .ifPresent(
            extension ->
                f.fatal(
                    "It is named ." + extension + ", and its content is a raw disk.",
                    DiskFormat.RENAME));
    return true;
  }

  /** Which firmware finds something to start. */
  record Firmwares(boolean bios, boolean uefi) {}

  /**
   * Looks at the beginning of a disk.
   *
   * @param size of the disk in bytes, or {@link BoundedBytes#UNKNOWN_SIZE}
   */
  static Firmwares look(Findings f, ByteBuffer start, long size) {
    boolean code = hasCode(start);
    if (isFat(start)) {
      f.found(0, "FAT file system without a partition table").addWhat("FAT file system");
      return new Firmwares(!printsNoLoader(start), true);
    }
    Set<Integer> types = partitions(f, start, size);
    boolean gpt = Bytes.matches(start, SECTOR, "EFI PART");
    boolean esp = gpt && gpt(f, start, size);
    f.addWhat(gpt ? "GPT" : types.isEmpty() ? "boot sector without a partition table" : "MBR");
    return new Firmwares(code, esp || types.contains(TYPE_EFI));
  }

  private static boolean hasCode(ByteBuffer start) {
    for (int i = 0; i < 440; i++) {
      if (u8(start, i) != 0) {
        return true;
      }
    }
    return false;
  }

  private static boolean isFat(ByteBuffer start) {
    boolean jump = u8(start, 0) == 0xeb || u8(start, 0) == 0xe9;
    boolean named = Bytes.matches(start, 54, "FAT") || Bytes.matches(start, 82, "FAT32");
    return jump && named && u16(start, 11) >= SECTOR;
  }

  private static boolean printsNoLoader(ByteBuffer start) {
    byte[] sector = new byte[Math.min(SECTOR, start.limit())];
    start.slice(0, sector.length).get(sector);
    return new String(sector, StandardCharsets.ISO_8859_1).contains(NO_LOADER);
  }

  /** The types of the partitions; empty where there is no table. */
  private static Set<Integer> partitions(Findings f, ByteBuffer start, long size) {
    Set<Integer> types = new TreeSet<>();
    for (int i = 0; i < 4; i++) {
      int at = TABLE + i * ENTRY;
      int status = u8(start, at);
      int type = u8(start, at + 4);
      long first = u32(start, at + 8);
      long count = u32(start, at + 12);
      if ((status & 0x7f) != 0) {
        return Set.of();
      }
      if (type == 0 || count == 0) {
        continue;
      }
      types.add(type);
      f.found(
          at,
          "partition %d, type %s%s".formatted(i + 1, hex(type), status == 0x80 ? ", active" : ""));
      boolean outside = (first + count) * SECTOR > size;
      if (outside && type != TYPE_GPT && size != BoundedBytes.UNKNOWN_SIZE) {
        f.warning(
            "Partition "
                + (i + 1)
                + " ends at byte "
                + (first + count) * SECTOR
                + ", and the disk has "
                + size
                + ".",
            "The image may be cut short: copy or download it again.");
      }
    }
    return types;
  }

  /** Whether the GPT has an EFI system partition. */
  private static boolean gpt(Findings f, ByteBuffer start, long size) {
    long entries = u64(start, SECTOR + 72);
    long count = u32(start, SECTOR + 80);
    long entrySize = u32(start, SECTOR + 84);
    long last = u64(start, SECTOR + 32);
    f.found(SECTOR, "EFI PART: GUID partition table");
    if (!GptHeader.isSound(start, SECTOR)) {
      f.warning(
          "The checksum of its GPT is wrong.",
          "Repair the table (gdisk or sgdisk -e), or copy the image again.");
    }
    if (size != BoundedBytes.UNKNOWN_SIZE && (last < 0 || last >= size / SECTOR)) {
      f.warning(
          "Its GPT has a second copy at sector "
              + Long.toUnsignedString(last)
              + ", outside of the disk.",
          "The image may be cut short: copy or download it again.");
    }
    if (entrySize < GPT_ENTRY || entrySize > SECTOR || entries < 2 || entries > Integer.MAX_VALUE) {
      return false;
    }
    long offset = entries * SECTOR;
    int length = (int) Math.min(count * entrySize, GPT_READ);
    ByteBuffer table =
        offset + length <= start.limit()
            ? start.slice((int) offset, length)
            : f.bytes.at(offset, length).orElse(ByteBuffer.allocate(0));
    boolean esp = false;
    for (int at = 0; at + 16 <= table.limit(); at += (int) entrySize) {
      String type = guid(table, at);
      esp |= type.equals(ESP);
      if (type.equals(ESP) || type.equals(BIOS_BOOT)) {
        f.found(offset + at, type.equals(ESP) ? "EFI system partition" : "BIOS boot partition");
      }
    }
    return esp;
  }

  private static String guid(ByteBuffer table, int at) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 16; i++) {
      text.append(String.format(Locale.ROOT, "%02x", u8(table, at + i)));
    }
    return text.toString();
  }
}
