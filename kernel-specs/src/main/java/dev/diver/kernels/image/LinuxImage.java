package dev.diver.kernels.image;

import static dev.diver.kernels.image.Bytes.hex;
import static dev.diver.kernels.image.Bytes.u16;
import static dev.diver.kernels.image.Bytes.u32;
import static dev.diver.kernels.image.Bytes.u64;
import static dev.diver.kernels.image.Bytes.u8;

import dev.diver.kernels.bytes.BoundedBytes;
import dev.diver.kernels.image.Recognized.Carrier;
import dev.diver.kernels.image.Recognized.Form;
import dev.diver.kernels.spec.KernelSpec.Protocol;
import java.nio.ByteBuffer;
import java.util.Optional;

/** Linux for x86 as its build leaves it (Linux, Documentation/arch/x86/boot.rst). */
final class LinuxImage {

  private static final int HEADER = 0x202;
  private static final int HEADER_END = 0x268;
  private static final int SECTOR = 512;
  private static final int MAX_VERSION = 256;

  /** xloadflags: the kernel has a 64-bit entry point. */
  private static final int XLF_KERNEL_64 = 1;

  /** loadflags: the kernel is loaded at 1 MiB, not below. */
  private static final int LOADED_HIGH = 1;

  private LinuxImage() {}

  static boolean recognize(Findings f) {
    ByteBuffer head = f.head;
    if (!Bytes.matches(head, HEADER, "HdrS")) {
      return false;
    }
    int version = u16(head, 0x206);
    String protocol = (version >> 8) + "." + String.format("%02d", version & 0xff);
    boolean high = (u8(head, 0x211) & LOADED_HIGH) != 0;
    f.is(
            Form.BZ_IMAGE,
            "Linux kernel (" + (high ? "bzImage" : "zImage") + "), boot protocol " + protocol)
        .found(HEADER, "HdrS: Linux boot protocol " + protocol);
    if (head.limit() < HEADER_END) {
      f.fatal("It is cut short: it ends within its header.", "Copy or download it again.");
      return true;
    }
    architecture(f, version);
    versionText(f);
    limits(f, version);
    f.boots(Protocol.LINUX, Carrier.KERNEL, Findings.ANY, Optional.of(u32(head, 0x214)));
    if (EfiApplication.isFor64Bits(head)) {
      f.found(0, "MZ and a PE header: UEFI firmware can start it as well").bootsAsEfiApplication();
    }
    completeness(f, version);
    return true;
  }

  private static void architecture(Findings f, int version) {
    if (version < 0x020c) {
      f.runsOn("x86");
      return;
    }
    boolean wide = (u16(f.head, 0x236) & XLF_KERNEL_64) != 0;
    f.runsOn(wide ? "x86_64" : "i686")
        .found(0x236, "xloadflags: " + (wide ? "has a 64-bit entry point" : "32 bits only"));
  }

  /** The text is somewhere in the setup part, at an offset from 0x200. */
  private static void versionText(Findings f) {
    int pointer = u16(f.head, 0x20e);
    if (pointer == 0) {
      return;
    }
    if (pointer + SECTOR >= Math.min(setupSize(f.head), f.head.limit())) {
      f.warning(
          "Its version text is said to be at "
              + hex(pointer + SECTOR)
              + ", which is past its setup.",
          "The header is damaged or made by hand; expect more that is wrong.");
      return;
    }
    f.version(Bytes.text(f.head, pointer + SECTOR, MAX_VERSION))
        .found(pointer + SECTOR, "version text");
  }

  private static void limits(Findings f, int version) {
    if (version >= 0x0206) {
      f.found(0x238, "command line of at most " + u32(f.head, 0x238) + " bytes");
    }
    if (version >= 0x020a) {
      f.found(
          0x258,
          "runs at "
              + hex(u64(f.head, 0x258))
              + ", needs "
              + u32(f.head, 0x260) / 1024
              + " KiB of memory there");
    }
  }

  private static void completeness(Findings f, int version) {
    long setup = setupSize(f.head);
    long system = version >= 0x0204 ? 16 * u32(f.head, 0x1f4) : 0;
    // syssize counts paragraphs of 16 bytes; the last one may be cut.
    long least = Math.max(setup, setup + system - 15);
    if (f.size() != BoundedBytes.UNKNOWN_SIZE && f.size() < least) {
      f.fatal(
          "It is cut short: its header tells of " + least + " bytes, and it has " + f.size() + ".",
          "Copy or download it again.");
    }
    if (u16(f.head, 0x1fe) != 0xaa55) {
      f.warning(
          "It lacks the 0xaa55 at 0x1fe that every Linux image has.",
          "Check that it is a kernel and undamaged.");
    }
  }

  private static long setupSize(ByteBuffer head) {
    int sectors = u8(head, 0x1f1);
    return (sectors == 0 ? 5L : sectors + 1L) * SECTOR;
  }
}
