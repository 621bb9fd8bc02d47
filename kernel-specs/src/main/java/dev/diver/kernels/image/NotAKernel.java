package dev.diver.kernels.image;

import static dev.diver.kernels.image.Bytes.u16;

import dev.diver.kernels.image.Recognized.Form;
import java.nio.ByteBuffer;
import java.util.List;

/** Files that people name by mistake. */
final class NotAKernel {

  /** What stands where, what it means, and what to do. */
  private record Sign(int offset, String magic, String what, String remedy) {}

  private static final String RAMDISK =
      "Name the kernel, and give this file with --initrd or --module.";
  private static final String ARCHIVE = "Unpack it, and name the kernel in it.";
  private static final String FIRMWARE =
      "Name what it is to start; to dive that with this firmware, give diver dive --firmware FILE.";

  private static final List<Sign> SIGNS =
      List.of(
          new Sign(0, "070701", "a cpio archive (initial ramdisk)", RAMDISK),
          new Sign(0, "070702", "a cpio archive (initial ramdisk)", RAMDISK),
          new Sign(0x101, "ustar", "a tar archive", ARCHIVE),
          new Sign(0, "PK\3\4", "a zip archive", ARCHIVE),
          new Sign(0, "!<arch>\n", "a library or Debian package (ar)", ARCHIVE),
          new Sign(0, "hsqs", "a squashfs file system", RAMDISK),
          new Sign(0x28, "_FVH", "a UEFI firmware volume", FIRMWARE),
          new Sign(
              0,
              "\004\042\115\030",
              "a file compressed with lz4",
              "Unpack it first (unlz4), and name the result."),
          new Sign(
              0,
              "\002\041\114\030",
              "a file compressed with lz4",
              "Unpack it first (unlz4), and name the result."),
          new Sign(
              0,
              "\211LZO",
              "a file compressed with lzop",
              "Unpack it first (lzop -d), and name the result."),
          new Sign(0, "#!", "a script", "Name the file that its build makes to be booted."));

  private static final int TEXT = 512;

  private NotAKernel() {}

  static boolean recognize(Findings f) {
    for (Sign sign : SIGNS) {
      if (Bytes.matches(f.head, sign.offset(), sign.magic())) {
        return is(f, sign.offset(), sign.what(), sign.remedy());
      }
    }
    if (f.head.limit() == 0) {
      return is(f, 0, "an empty file", "Build the kernel, and name the file that boots.");
    }
    if (u16(f.head, 0) == 0xaa55 && Bytes.matches(f.head, u16(f.head, 0x18), "PCIR")) {
      return is(
          f,
          0,
          "an option ROM",
          "Give it to a device (QEMU: -device …,romfile=…), it is no kernel.");
    }
    if (isText(f.head)) {
      return is(f, 0, "text", "Name the file that the kernel's build makes to be booted.");
    }
    return firmware(f);
  }

  /** A ROM ends with the code at the reset vector (Intel SDM volume 3, section 10.1.4). */
  private static boolean firmware(Findings f) {
    if (f.size() % (64 * 1024) != 0) {
      return false;
    }
    return f.bytes
        .at(f.size() - 16, 16)
        .filter(NotAKernel::isResetVector)
        .map(vector -> is(f, f.size() - 16, "a firmware ROM (code at the reset vector)", FIRMWARE))
        .orElse(false);
  }

  /** A near or far jump, perhaps after clearing flags; anything else stays unknown. */
  private static boolean isResetVector(ByteBuffer vector) {
    int at = 0;
    while (at < 4 && (vector.get(at) == (byte) 0xfa || vector.get(at) == (byte) 0xfc)) {
      at++;
    }
    int jump = Byte.toUnsignedInt(vector.get(at));
    return jump == 0xe9 || jump == 0xea;
  }

  private static boolean isText(ByteBuffer head) {
    int length = Math.min(TEXT, head.limit());
    for (int i = 0; i < length; i++) {
      int c = Byte.toUnsignedInt(head.get(i));
      if (c < ' ' && c != '\n' && c != '\r' && c != '\t' && c != '\f') {
        return false;
      }
    }
    return true;
  }

  private static boolean is(Findings f, long offset, String what, String remedy) {
    f.is(Form.OTHER, what.replaceFirst("^an? ", ""))
        .found(offset, what)
        .fatal("It is no kernel, but " + what + ".", remedy);
    return true;
  }
}
