package dev.diver.kernels.image;

import static dev.diver.kernels.image.Bytes.hex;

import dev.diver.kernels.image.Recognized.Carrier;
import dev.diver.kernels.image.Recognized.Form;
import dev.diver.kernels.spec.KernelSpec.Protocol;

/** Files that are not ELF and say in a multiboot header where they are to be loaded. */
final class FlatBinary {

  private FlatBinary() {}

  static boolean recognize(Findings f) {
    Multiboot.second(f)
        .ifPresent(
            header -> {
              f.found(header.offset(), "multiboot 2 header");
              f.boots(Protocol.MULTIBOOT2, Carrier.GRUB_ISO, Findings.PC, header.entry());
              header.trouble().ifPresent(trouble -> lies(f, 2, trouble));
              if (!header.hasAddresses()) {
                lies(f, 2, "the file is not ELF, and it has no address tag");
              }
            });
    Multiboot.first(f)
        .ifPresent(
            header -> {
              f.found(header.offset(), "multiboot 1 header, flags " + hex(header.flags()));
              f.boots(
                  Protocol.MULTIBOOT1,
                  header.seenByQemu() ? Carrier.KERNEL : Carrier.GRUB_ISO,
                  Findings.PC,
                  header.entry());
              header.trouble().ifPresent(trouble -> lies(f, 1, trouble));
              if (!header.hasAddresses()) {
                lies(f, 1, "the file is not ELF, and it has no address fields (flag 0x10000)");
              }
            });
    if (f.hasNoMethod()) {
      return false;
    }
    f.is(Form.FLAT, "flat binary").nameProtocols();
    return true;
  }

  private static void lies(Findings f, int specification, String trouble) {
    f.fatal(
        "Its multiboot " + specification + " header lies: " + trouble + ".",
        "Correct the header, then build it again.");
  }
}
