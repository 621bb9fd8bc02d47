package dev.diver.kernels.image;

import dev.diver.kernels.image.Recognized.Form;
import java.util.List;

/** Kernels of other architectures in formats of their own. */
final class ForeignKernel {

  /** What stands where, and what it means. */
  private record Sign(int offset, String magic, String what, String architecture) {}

  /** Linux, Documentation/arch: arm64/booting.rst, riscv/boot-image-header.rst, arm/booting.rst. */
  private static final List<Sign> SIGNS =
      List.of(
          new Sign(0x38, "ARMd", "Linux kernel (Image) for AArch64", "aarch64"),
          new Sign(0x38, "RSC\005", "Linux kernel (Image) for RISC-V", "riscv64"),
          new Sign(0x24, "\030\050\157\001", "Linux kernel (zImage) for ARM", "armv7l"),
          new Sign(0, "\047\005\031\126", "U-Boot image (uImage)", "unknown"),
          new Sign(0, "\320\015\376\355", "device tree or U-Boot FIT image", "unknown"),
          new Sign(0, "ANDROID!", "Android boot image", "unknown"));

  private ForeignKernel() {}

  static boolean recognize(Findings f) {
    for (Sign sign : SIGNS) {
      if (Bytes.matches(f.head, sign.offset(), sign.magic())) {
        f.is(Form.FOREIGN, sign.what())
            .found(sign.offset(), sign.what())
            .runsOn(sign.architecture())
            .fatal(
                "It is a " + sign.what() + ", which no x86-64 machine boots.",
                "Build or download the kernel for x86-64.");
        return true;
      }
    }
    return false;
  }
}
