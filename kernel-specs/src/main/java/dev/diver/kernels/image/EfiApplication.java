package dev.diver.kernels.image;

import static dev.diver.kernels.image.Bytes.hex;
import static dev.diver.kernels.image.Bytes.u16;
import static dev.diver.kernels.image.Bytes.u32;

import dev.diver.kernels.image.Recognized.Form;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** PE executables for UEFI firmware (Microsoft, PE Format; UEFI 2.10, section 2.1.1). */
final class EfiApplication {

  private static final int POINTER = 0x3c;
  private static final int COFF_SIZE = 24;
  private static final int SUBSYSTEM = COFF_SIZE + 68;

  /** Up to the subsystem, from the PE header's start. */
  private static final int LEAST = SUBSYSTEM + 2;

  private static final int SECTION_SIZE = 40;
  private static final int MAX_SECTIONS = 96;
  private static final int MAX_VERSION = 256;

  private static final int X86_64 = 0x8664;
  private static final int SUBSYSTEM_APPLICATION = 10;

  /** A section: where its content is in the file, in bytes. */
  private record Section(long offset, long size) {}

  private EfiApplication() {}

  /** Whether 64-bit UEFI firmware can start it. */
  static boolean isFor64Bits(ByteBuffer head) {
    int pe = header(head);
    return pe > 0
        && u16(head, pe + 4) == X86_64
        && u16(head, pe + SUBSYSTEM) == SUBSYSTEM_APPLICATION;
  }

  static boolean recognize(Findings f) {
    ByteBuffer head = f.head;
    if (!Bytes.matches(head, 0, "MZ")) {
      return false;
    }
    int pe = header(head);
    if (pe == 0) {
      f.is(Form.OTHER, "DOS program or damaged PE file")
          .found(0, "MZ without a PE header at " + hex(u32(head, POINTER)))
          .fatal(
              "It begins as a PE file, and where its header should be there is none.",
              "Copy or build it again; a DOS program does not boot.");
      return true;
    }
    f.found(0, "MZ").found(pe, "PE, machine " + hex(u16(head, pe + 4)));
    int subsystem = u16(head, pe + SUBSYSTEM);
    if (subsystem != SUBSYSTEM_APPLICATION) {
      f.is(Form.OTHER, subsystemName(subsystem))
          .found(pe + SUBSYSTEM, "subsystem " + subsystem)
          .fatal(
              "It is a " + subsystemName(subsystem) + "; firmware starts only applications.",
              "Name the EFI application (PE subsystem 10) of the kernel.");
      return true;
    }
    f.is(Form.EFI_APPLICATION, "UEFI application")
        .found(pe + SUBSYSTEM, "subsystem 10: EFI application");
    machine(f, u16(head, pe + 4));
    sections(f, pe);
    return true;
  }

  /** The offset of the PE header; 0 where there is none. */
  private static int header(ByteBuffer head) {
    long pe = u32(head, POINTER);
    boolean fits = Bytes.matches(head, 0, "MZ") && pe >= POINTER && pe <= head.limit() - LEAST;
    return fits && Bytes.matches(head, (int) pe, "PE\0\0") ? (int) pe : 0;
  }

  private static void machine(Findings f, int machine) {
    switch (machine) {
      case X86_64 -> f.runsOn("x86_64").bootsAsEfiApplication();
      case 0x14c ->
          f.runsOn("i686")
              .fatal(
                  "It is for 32-bit UEFI firmware; the firmware of 64-bit machines refuses it.",
                  "Build it for x86-64 (BOOTX64.EFI).");
      default ->
          f.runsOn(foreign(machine))
              .fatal(
                  "It is for " + foreign(machine) + ", and Diver's machines are x86-64.",
                  "Build or download it for x86-64 (BOOTX64.EFI).");
    }
  }

  private static String foreign(int machine) {
    return switch (machine) {
      case 0xaa64 -> "aarch64";
      case 0x1c0, 0x1c2, 0x1c4 -> "armv7l";
      case 0x5064 -> "riscv64";
      case 0x6264 -> "loongarch64";
      case 0x200 -> "ia64";
      default -> "machine " + hex(machine);
    };
  }

  private static String subsystemName(int subsystem) {
    return switch (subsystem) {
      case 2, 3 -> "Windows program";
      case 11, 12 -> "UEFI driver";
      case 13 -> "UEFI option ROM";
      default -> "PE file of subsystem " + subsystem;
    };
  }

  private static void sections(Findings f, int pe) {
    int count = u16(f.head, pe + 6);
    int table = pe + COFF_SIZE + u16(f.head, pe + 20);
    if (count > MAX_SECTIONS || table + count * SECTION_SIZE > f.head.limit()) {
      f.fatal(
          "Its section table (" + count + " sections) does not fit into the file.",
          "Copy or build it again.");
      return;
    }
    Map<String, Section> sections = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      int at = table + i * SECTION_SIZE;
      Section section = new Section(u32(f.head, at + 20), u32(f.head, at + 16));
      if (section.size() > 0 && section.offset() > f.size() - section.size()) {
        f.fatal(
            "It is cut short: section "
                + Bytes.text(f.head, at, 8)
                + " ends at byte "
                + (section.offset() + section.size())
                + ", and it has "
                + f.size()
                + ".",
            "Copy or build it again.");
      }
      sections.putIfAbsent(Bytes.text(f.head, at, 8), section);
    }
    unifiedKernelImage(f, sections);
  }

  /** A Linux with its initial ramdisk and command line in one EFI file (UAPI Group, UKI). */
  private static void unifiedKernelImage(Findings f, Map<String, Section> sections) {
    Section linux = sections.get(".linux");
    if (linux == null) {
      return;
    }
    f.is(Form.EFI_APPLICATION, "unified kernel image (UEFI application with a Linux in it)")
        .found(linux.offset(), "section .linux");
    Optional.ofNullable(sections.get(".uname"))
        .flatMap(s -> f.bytes.at(s.offset(), Math.min(s.size(), MAX_VERSION)))
        .ifPresent(text -> f.version(Bytes.text(text, 0, MAX_VERSION)));
  }
}
