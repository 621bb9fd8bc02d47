package dev.diver.kernels.image;

import static dev.diver.kernels.image.Bytes.hex;

import dev.diver.kernels.bytes.BoundedBytes;
import dev.diver.kernels.elf.ElfHeaders;
import dev.diver.kernels.elf.ElfHeaders.Segment;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.image.Recognized.Carrier;
import dev.diver.kernels.image.Recognized.Form;
import dev.diver.kernels.spec.KernelSpec.Protocol;
import java.util.List;
import java.util.Optional;

/** ELF kernels: by their multiboot headers and their notes. */
final class ElfKernel {

  private static final int EM_386 = 3;
  private static final int EM_X86_64 = 62;
  private static final int ET_REL = 1;
  private static final int ET_EXEC = 2;
  private static final int ET_DYN = 3;

  /** Loaders run in 32-bit mode: what they load lies below. */
  private static final long REACH = 1L << 32;

  private static final int MULTIBOOT_2_REACH = 32768;

  private final Findings f;
  private final ElfHeaders elf;
  private final Optional<Multiboot.First> first;
  private final Optional<Multiboot.Second> second;

  private ElfKernel(Findings f, ElfHeaders elf) {
    this.f = f;
    this.elf = elf;
    this.first = Multiboot.first(f);
    this.second = Multiboot.second(f);
  }

  static boolean recognize(Findings f) {
    if (!ElfHeaders.isElf(f.head)) {
      return false;
    }
    try {
      ElfHeaders elf = ElfHeaders.read(f.bytes.withLimit(Recognizer.MOST_READ_OF_ELF));
      new ElfKernel(f, elf).look();
    } catch (DiverException e) {
      f.is(Form.OTHER, "damaged ELF file")
          .found(0, "ELF magic")
          .fatal("It ends within its own header.", "Copy or build it again.");
    }
    return true;
  }

  private void look() {
    f.found(
        0,
        "ELF%d%s, %s"
            .formatted(
                elf.bits(),
                elf.bigEndian() ? ", big-endian" : "",
                ElfHeaders.machineName(elf.machine())));
    if (elf.bigEndian() || (elf.machine() != EM_386 && elf.machine() != EM_X86_64)) {
      foreign();
      return;
    }
    f.runsOn(elf.machine() == EM_X86_64 ? "x86_64" : "i686");
    f.is(Form.ELF, "ELF%d kernel".formatted(elf.bits()));
    ElfNotes notes = new ElfNotes(f, elf);
    notes.look();
    multiboot2();
    boolean qemuTakesMultiboot = multiboot1();
    if (qemuTakesMultiboot) {
      notes.pvhIsHidden();
    } else {
      notes.pvh();
    }
    f.nameProtocols();
    soundness();
    if (f.hasNoMethod() && elf.damage().isPresent() && f.isUnpackedInPart()) {
      f.call("ELF%d file".formatted(elf.bits()));
    } else if (f.hasNoMethod() && elf.damage().isPresent()) {
      f.is(Form.OTHER, "damaged ELF file");
    } else if (f.hasNoMethod() && !notes.explains()) {
      noHeader();
    }
  }

  private void foreign() {
    String machine = ElfHeaders.machineName(elf.machine());
    f.is(Form.FOREIGN, "ELF file for " + machine)
        .runsOn(architecture())
        .fatal(
            "It is for " + machine + ", and Diver's machines are x86-64.",
            "Build or download the kernel for x86-64.");
  }

  private String architecture() {
    return switch (elf.machine()) {
      case 183 -> "aarch64";
      case 40 -> "armv7l";
      case 243 -> elf.bits() == 64 ? "riscv64" : "riscv32";
      case 8 -> elf.bits() == 64 ? "mips64" : "mips";
      case 20 -> "ppc";
      case 21 -> elf.bigEndian() ? "ppc64" : "ppc64le";
      case 22 -> "s390x";
      case 258 -> "loongarch64";
      default -> ElfHeaders.machineName(elf.machine());
    };
  }

  /**
   * Whether QEMU takes it for multiboot 1, which it tries before PVH.
   *
   * <p>QEMU 7.2, hw/i386/multiboot.c: without address fields it refuses x86-64 files.
   */
  private boolean multiboot1() {
    if (first.isEmpty()) {
      return false;
    }
    Multiboot.First header = first.get();
    f.found(
        header.offset(),
        "multiboot 1 header, flags "
            + hex(header.flags())
            + (header.hasAddresses() ? " (with address fields)" : ""));
    boolean refused = !header.hasAddresses() && elf.machine() == EM_X86_64;
    boolean direct = header.seenByQemu() && !refused;
    f.boots(
        Protocol.MULTIBOOT1,
        direct ? Carrier.KERNEL : Carrier.GRUB_ISO,
        Findings.PC,
        header.entry().or(this::physicalEntry));
    if (header.seenByQemu() && refused) {
      f.warning(
          "QEMU refuses 64-bit multiboot 1 files without address fields (\"give a 32bit one\").",
          "It boots through a CD image with GRUB, which Diver makes; or set flag 0x10000 and the"
              + " address fields in the header.");
    }
    if (!header.seenByQemu()) {
      f.warning(
          "Its multiboot 1 header is so close to the 8192-byte limit that QEMU overlooks it.",
          "It boots through a CD image with GRUB; or place the header earlier in the file.");
    }
    if (header.demandsTheUnknown()) {
      f.warning(
          "Its multiboot 1 header demands features that no loader knows (flags "
              + hex(header.flags())
              + ").",
          "Clear bits 3 to 15 of the flags: QEMU ignores them, GRUB refuses the kernel.");
    }
    if (header.wantsVideo()) {
      f.warning(
          "It asks for a video mode, which QEMU's own loader does not set.",
          "Boot it through GRUB if it prints nothing.");
    }
    header
        .trouble()
        .ifPresent(
            trouble ->
                f.fatal(
                    "Its multiboot 1 header lies: " + trouble + ".",
                    "Correct the address fields, or clear flag 0x10000 so that the ELF header"
                        + " counts."));
    return header.seenByQemu();
  }

  private void multiboot2() {
    second.ifPresent(
        header -> {
          f.found(header.offset(), "multiboot 2 header");
          f.boots(
              Protocol.MULTIBOOT2,
              Carrier.GRUB_ISO,
              Findings.PC,
              header.entry().or(this::physicalEntry));
          header
              .trouble()
              .ifPresent(
                  trouble ->
                      f.fatal(
                          "Its multiboot 2 header lies: " + trouble + ".",
                          "Correct the header, then build it again."));
        });
  }

  /** A loader that has no paging turns the virtual entry into a physical one. */
  private Optional<Long> physicalEntry() {
    return elf.segments().stream()
        .filter(s -> s.type() == ElfHeaders.PT_LOAD)
        .filter(s -> inside(elf.entry(), s.virtualAddress(), s.memorySize()))
        .findFirst()
        .map(s -> elf.entry() - s.virtualAddress() + s.physicalAddress())
        .or(() -> Optional.of(elf.entry()));
  }

  /** What the ELF headers promise and the file does not have. */
  private void soundness() {
    boolean countsNot = first.filter(Multiboot.First::hasAddresses).isPresent();
    elf.damage()
        .ifPresent(
            damage -> {
              String what = "Its ELF headers are damaged: " + damage + ".";
              if (f.isUnpackedInPart()) {
                f.fatal(
                    "Its notes lie deeper in it than compressed files are looked into (4 MiB).",
                    "Unpack it, and look at the result.");
              } else if (countsNot) {
                f.warning(what, "Its multiboot header alone counts for the loader.");
              } else {
                f.fatal(what, "Copy or build it again.");
              }
            });
    if (countsNot) {
      return;
    }
    List<Segment> loaded =
        elf.segments().stream().filter(s -> s.type() == ElfHeaders.PT_LOAD).toList();
    loaded.stream()
        .filter(s -> f.size() != BoundedBytes.UNKNOWN_SIZE && endsOutside(s))
        .findFirst()
        .ifPresent(
            s ->
                f.fatal(
                    "It is cut short: a segment of "
                        + Long.toUnsignedString(s.fileSize())
                        + " bytes at offset "
                        + hex(s.offset())
                        + " does not fit into "
                        + f.size()
                        + " bytes.",
                    "Copy or build it again."));
    loaded.stream()
        .filter(s -> Long.compareUnsigned(s.physicalAddress(), REACH) >= 0)
        .findFirst()
        .filter(s -> !f.hasNoMethod())
        .ifPresent(
            s ->
                f.fatal(
                    "It is to be loaded at physical address "
                        + hex(s.physicalAddress())
                        + ", where a 32-bit loader cannot reach.",
                    "Give its segments physical addresses below 4 GiB (AT(…) in the linker"
                        + " script)."));
  }

  private boolean endsOutside(Segment s) {
    return s.fileSize() < 0 || s.offset() < 0 || s.offset() > f.size() - s.fileSize();
  }

  private void noHeader() {
    boolean dynamic = elf.segments().stream().anyMatch(s -> s.type() == ElfHeaders.PT_INTERP);
    f.is(Form.OTHER, elf.type() == ET_REL ? "object file or kernel module" : program(dynamic));
    Multiboot.spoiled(f)
        .ifPresent(
            at ->
                f.found(at, "multiboot magic with a wrong checksum")
                    .warning(
                        "There is a multiboot magic at " + hex(at) + ", but its checksum is wrong.",
                        "The fields of a header must add up to zero: correct its checksum."));
    if (elf.type() == ET_REL) {
      f.fatal("It is not linked yet.", "Link the kernel, or name the linked file.");
    } else if (dynamic) {
      f.fatal(
          "It is a program for an operating system with a dynamic loader, not a kernel.",
          "Name the kernel; a program is dived with a kernel that runs it (diver dive --kernel).");
    } else if (elf.type() == ET_EXEC || elf.type() == ET_DYN) {
      f.fatal(
          "It has no multiboot 1 header in its first 8192 bytes, no multiboot 2 header in its first"
              + " "
              + MULTIBOOT_2_REACH
              + " and no PVH note: no loader knows how to start it.",
          "Add one of these to the kernel, or name the file that its build makes to be booted; if"
              + " it is an app, dive it with a kernel (diver dive --kernel).");
    } else {
      f.fatal("It is an ELF file, but not an executable one.", "Name the kernel.");
    }
  }

  private static String program(boolean dynamic) {
    return dynamic ? "dynamic program" : "ELF program without a boot header";
  }

  static boolean inside(long address, long start, long size) {
    return Long.compareUnsigned(address, start) >= 0
        && Long.compareUnsigned(address - start, size) < 0;
  }
}
