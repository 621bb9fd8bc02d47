package dev.diver.kernels.image;

import static dev.diver.kernels.image.Bytes.hex;
import static dev.diver.kernels.image.Bytes.u16;
import static dev.diver.kernels.image.Bytes.u32;
import static dev.diver.kernels.image.Bytes.u8;

import dev.diver.kernels.bytes.BoundedBytes;
import dev.diver.kernels.image.Recognized.Carrier;
import dev.diver.kernels.image.Recognized.Form;
import dev.diver.kernels.image.Recognized.Method;
import dev.diver.kernels.spec.KernelSpec.Firmware;
import dev.diver.kernels.spec.KernelSpec.Protocol;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** CD images (ECMA-119) that boot ("El Torito" Bootable CD-ROM Format 1.0). */
final class OpticalDisc {

  private static final int SECTOR = 2048;
  private static final int DESCRIPTORS = 16;
  private static final int MAX_DESCRIPTORS = 4;
  private static final int RECORD = 32;
  private static final int TERMINATOR = 255;

  private static final int PLATFORM_PC = 0;
  private static final int PLATFORM_EFI = 0xef;
  private static final int BOOTABLE = 0x88;
  private static final int SECTION_MORE = 0x90;
  private static final int SECTION_LAST = 0x91;

  private OpticalDisc() {}

  static boolean recognize(Findings f) {
    int volume = DESCRIPTORS * SECTOR;
    if (!Bytes.matches(f.head, volume + 1, "CD001")) {
      return false;
    }
    f.is(Form.ISO, "ISO 9660 CD image")
        .found(volume + 1, "CD001: ISO 9660")
        .disk("raw")
        .version(Bytes.text(f.head, volume + 40, 32, StandardCharsets.ISO_8859_1));
    long size = u32(f.head, volume + 80) * u16(f.head, volume + 128);
    if (f.size() != BoundedBytes.UNKNOWN_SIZE && size > f.size()) {
      f.fatal(
          "It is cut short: its volume has " + size + " bytes, the file " + f.size() + ".",
          "Copy or download it again.");
    }
    Optional<Long> catalog = catalog(f);
    if (catalog.isEmpty()) {
      f.fatal(
          "It has no El Torito boot record: no machine boots from this CD.",
          u16(f.head, 510) == 0xaa55
              ? "Its first sector is a disk's: boot it as a disk (a copy named .img, protocol"
                  + " disk)."
              : "Make the image with a boot loader, for example by grub-mkrescue.");
      return true;
    }
    boots(f, catalog.get() * SECTOR);
    return true;
  }

  /** The sector of the boot catalog. */
  private static Optional<Long> catalog(Findings f) {
    for (int i = 1; i <= MAX_DESCRIPTORS; i++) {
      long at = (long) (DESCRIPTORS + i) * SECTOR;
      Optional<ByteBuffer> sector =
          at + SECTOR <= f.head.limit()
              ? Optional.of(f.head.slice((int) at, SECTOR).order(f.head.order()))
              : f.bytes.at(at, SECTOR);
      if (sector.isEmpty() || u8(sector.get(), 0) == TERMINATOR) {
        return Optional.empty();
      }
      ByteBuffer descriptor = sector.get();
      if (u8(descriptor, 0) == 0 && Bytes.matches(descriptor, 7, "EL TORITO SPECIFICATION")) {
        f.found(at, "El Torito boot record");
        return Optional.of(u32(descriptor, 0x47));
      }
    }
    return Optional.empty();
  }

  private static void boots(Findings f, long at) {
    Optional<ByteBuffer> sector = f.bytes.at(at, SECTOR);
    if (sector.isEmpty() || !isValid(sector.get())) {
      f.fatal(
          "Its boot record points to " + hex(at) + ", and there is no valid boot catalog.",
          "Copy or make the image again.");
      return;
    }
    ByteBuffer catalog = sector.get();
    entry(f, at + RECORD, catalog, RECORD, u8(catalog, 1));
    int next = 2 * RECORD;
    boolean more = true;
    while (more && next + RECORD <= SECTOR) {
      int header = u8(catalog, next);
      more = header == SECTION_MORE;
      if (header != SECTION_MORE && header != SECTION_LAST) {
        break;
      }
      int platform = u8(catalog, next + 1);
      int count = u16(catalog, next + 2);
      for (int i = 1; i <= count && next + (i + 1) * RECORD <= SECTOR; i++) {
        int record = next + i * RECORD;
        entry(f, at + record, catalog, record, platform);
      }
      next += (count + 1) * RECORD;
    }
    if (f.hasNoMethod()) {
      f.fatal(
          "Its boot catalog has no entry that an x86 machine boots.",
          "Make the image for x86, for example by grub-mkrescue.");
    }
  }

  private static boolean isValid(ByteBuffer catalog) {
    int sum = 0;
    for (int i = 0; i < RECORD; i += 2) {
      sum += u16(catalog, i);
    }
    return u8(catalog, 0) == 1 && u16(catalog, 30) == 0xaa55 && (sum & 0xffff) == 0;
  }

  private static void entry(Findings f, long offset, ByteBuffer catalog, int at, int platform) {
    if (u8(catalog, at) != BOOTABLE) {
      return;
    }
    long image = u32(catalog, at + 8) * SECTOR;
    boolean efi = platform == PLATFORM_EFI;
    f.found(
        offset,
        "boots "
            + (efi ? "by UEFI" : platform == PLATFORM_PC ? "by BIOS" : "on platform " + platform)
            + " from "
            + hex(image));
    if (f.size() != BoundedBytes.UNKNOWN_SIZE && image >= f.size()) {
      f.fatal("Its boot image lies outside of the file.", "Copy or download it again.");
    }
    if (efi || platform == PLATFORM_PC) {
      f.boots(
          new Method(
              Protocol.ISO,
              Carrier.CDROM,
              efi ? Firmware.UEFI : Firmware.BIOS,
              efi ? Findings.UEFI : Findings.PC,
              Optional.empty()));
    }
  }
}
