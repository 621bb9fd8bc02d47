package dev.diver.kernels.image;

import static dev.diver.kernels.image.Bytes.hex;

import dev.diver.kernels.elf.ElfHeaders;
import dev.diver.kernels.elf.ElfHeaders.Note;
import dev.diver.kernels.image.Recognized.Carrier;
import dev.diver.kernels.spec.KernelSpec.Protocol;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * What the notes of an ELF kernel say: the entry for PVH, or that another program must start it
 * (Xen, public/elfnote.h; Linux, include/linux/elfnote-lto.h and build-salt.h; Solo5, elf_abi.h and
 * mft_abi.h; Hermit, hermit-entry).
 */
final class ElfNotes {

  private static final String XEN = "Xen";
  private static final int XEN_ENTRY = 1;
  private static final int XEN_GUEST_OS = 6;
  private static final int XEN_GUEST_VERSION = 7;
  private static final int XEN_PHYS32_ENTRY = 18;

  private static final String LINUX = "Linux";
  private static final int LINUX_BUILD_SALT = 0x100;

  private static final String SOLO5 = "Solo5";
  private static final int SOLO5_ABI = 0x31494241;
  private static final List<String> SOLO5_TARGETS =
      List.of("hvt", "spt", "virtio", "muen", "genode", "xen");

  private static final String HERMIT = "HERMIT";
  private static final int HERMIT_ENTRY_VERSION = 0x5a00;

  /** Notes of tools, of which a kernel may have any. */
  private static final List<String> TOOLS = List.of("GNU", LINUX, "Go", "stapsdt", "LLVM");

  /** Sizes of name and descriptor, type. */
  private static final int HEADER = 12;

  private static final int MAX_TEXT = 128;

  private final Findings f;
  private final ElfHeaders elf;
  private boolean explains;

  ElfNotes(Findings f, ElfHeaders elf) {
    this.f = f;
    this.elf = elf;
  }

  /** Whether a problem that was told says why it does not boot. */
  boolean explains() {
    return explains;
  }

  void look() {
    elf.notes().stream()
        .filter(note -> note.name().equals(LINUX))
        .findFirst()
        .ifPresent(note -> f.call("Linux kernel (vmlinux, ELF%d)".formatted(elf.bits())));
    text(LINUX, LINUX_BUILD_SALT)
        .or(
            () ->
                text(XEN, XEN_GUEST_OS)
                    .map(os -> os + " " + text(XEN, XEN_GUEST_VERSION).orElse("")))
        .ifPresent(f::version);
    solo5();
    hermit();
    elf.notes().stream()
        .filter(note -> note.name().equals("Diver"))
        .findFirst()
        .ifPresent(note -> f.found(note.offset(), "note of Diver's: it delegates system calls"));
  }

  /** PVH, where nothing else takes the file first. */
  void pvh() {
    Optional<Note> note = note(XEN, XEN_PHYS32_ENTRY);
    if (note.isEmpty()) {
      xenOnly();
      otherTenders();
      return;
    }
    int size = note.get().descriptor().remaining();
    if (size != Integer.BYTES && size != Long.BYTES) {
      f.found(note.get().offset(), "Xen note 0x12 (PHYS32_ENTRY) of " + size + " bytes")
          .fatal(
              "Its PVH note has no address: " + size + " bytes stand where 4 or 8 should be.",
              "Let the note XEN_ELFNOTE_PHYS32_ENTRY hold the physical address of the entry.");
      explains = true;
      return;
    }
    long entry = address(note.get().descriptor());
    f.found(
            note.get().offset(),
            "Xen note 0x12 (PHYS32_ENTRY, " + size + " bytes): PVH entry " + hex(entry))
        .boots(Protocol.PVH, Carrier.KERNEL, Findings.ANY, Optional.of(entry));
    checkEntry(entry);
    checkAlignment(note.get(), entry);
  }

  /** PVH, where QEMU takes the multiboot header first. */
  void pvhIsHidden() {
    note(XEN, XEN_PHYS32_ENTRY)
        .ifPresent(
            note ->
                f.found(
                    note.offset(),
                    "Xen note 0x12 (PVH entry), which QEMU ignores for the multiboot header"));
  }

  private void checkEntry(long entry) {
    boolean loaded =
        elf.segments().stream()
            .filter(s -> s.type() == ElfHeaders.PT_LOAD)
            .anyMatch(s -> ElfKernel.inside(entry, s.physicalAddress(), s.memorySize()));
    if (!loaded) {
      f.fatal(
          "Its PVH entry " + hex(entry) + " lies in nothing that is loaded.",
          "Let the note hold the entry's physical address, not its virtual one.");
    }
  }

  /**
   * Whether QEMU finds the same address.
   *
   * <p>QEMU 7.2 (include/hw/elf_ops.h, hw/i386/x86.c) pads a note's name and descriptor to the
   * alignment that the segment claims, looks at the type alone, and divides by an alignment of 0.
   */
  private void checkAlignment(Note note, long entry) {
    long alignment = note.segment().alignment();
    if (alignment == 0) {
      misread("claims an alignment of 0, at which QEMU itself crashes");
      return;
    }
    Optional<Long> read =
        f.bytes
            .withLimit(Recognizer.MOST_READ_OF_ELF)
            .at(note.segment().offset(), note.segment().fileSize())
            .flatMap(content -> asQemuReads(content, alignment));
    if (read.filter(address -> address == entry).isEmpty()) {
      misread(
          "is aligned to "
              + alignment
              + " bytes, so QEMU reads "
              + read.map(Bytes::hex).orElse("no address")
              + " from it");
    }
  }

  private void misread(String why) {
    f.fatal(
        "The segment of its PVH note " + why + ".",
        "Let .note.Xen be the first of a note segment aligned to 4 (readelf -lW shows it).");
  }

  /** The low 32 bits, which QEMU hands over, of what it takes for the address. */
  private static Optional<Long> asQemuReads(ByteBuffer notes, long alignment) {
    long at = 0;
    while (at >= 0 && at + HEADER <= notes.limit()) {
      long name = aligned(Bytes.u32(notes, (int) at), alignment);
      long descriptor = aligned(Bytes.u32(notes, (int) at + 4), alignment);
      if (Bytes.u32(notes, (int) at + 8) == XEN_PHYS32_ENTRY) {
        long value = at + HEADER + name;
        return value < 0 || value + Integer.BYTES > notes.limit()
            ? Optional.empty()
            : Optional.of(Bytes.u32(notes, (int) value));
      }
      at = name < 0 || descriptor < 0 ? -1 : at + HEADER + name + descriptor;
    }
    return Optional.empty();
  }

  /** Negative where there is no such number. */
  private static long aligned(long size, long alignment) {
    long parts = alignment < 0 ? 1 : (size + alignment - 1) / alignment;
    return alignment < 0 || parts > Integer.MAX_VALUE / alignment ? -1 : parts * alignment;
  }

  private void xenOnly() {
    note(XEN, XEN_ENTRY)
        .or(() -> elf.notes().stream().filter(n -> n.name().equals(XEN)).findFirst())
        .ifPresent(
            note -> {
              f.call("ELF%d kernel for Xen".formatted(elf.bits()))
                  .found(note.offset(), "notes for Xen, none of them 0x12 (PVH)");
              unstartable(
                  "It is for paravirtual Xen guests: its notes for Xen have no PVH entry.",
                  "Run it on Xen, or build it with PVH (Linux: CONFIG_PVH; others:"
                      + " XEN_ELFNOTE_PHYS32_ENTRY).");
            });
  }

  private void solo5() {
    note(SOLO5, SOLO5_ABI)
        .filter(note -> note.descriptor().remaining() >= 8)
        .ifPresent(
            note -> {
              int target = note.descriptor().getInt(0);
              int version = note.descriptor().getInt(4);
              String name =
                  target >= 1 && target <= SOLO5_TARGETS.size()
                      ? SOLO5_TARGETS.get(target - 1)
                      : "target " + target;
              f.call("Solo5 unikernel for " + name)
                  .found(note.offset(), "Solo5 note: " + name + ", version " + version);
            });
  }

  private void hermit() {
    note(HERMIT, HERMIT_ENTRY_VERSION)
        .filter(note -> note.descriptor().hasRemaining())
        .ifPresent(
            note ->
                f.call("Hermit unikernel")
                    .found(
                        note.offset(),
                        "Hermit note: entry version "
                            + Byte.toUnsignedInt(note.descriptor().get(0))));
  }

  /** Programs that start what no machine starts by itself. */
  private void otherTenders() {
    if (!f.hasNoMethod()) {
      return;
    }
    Optional<Note> solo5 = elf.notes().stream().filter(n -> n.name().equals(SOLO5)).findFirst();
    if (solo5.isPresent()) {
      unstartable(
          "It needs a tender of Solo5's: no machine starts it by itself.",
          "Run it with solo5-hvt or solo5-spt, or build it for virtio, which boots by multiboot.");
    } else if (note(HERMIT, HERMIT_ENTRY_VERSION).isPresent()) {
      unstartable(
          "It needs Hermit's loader or uhyve: no machine starts it by itself.",
          "Import hermit-loader as the kernel, with this file as its app (diver kernel import"
              + " --like hermit).");
    } else {
      elf.notes().stream()
          .filter(n -> !TOOLS.contains(n.name()) && !n.name().equals(XEN) && !n.name().isBlank())
          .findFirst()
          .ifPresent(
              n ->
                  f.found(
                      n.offset(),
                      "note of \"" + Bytes.plain(n.name()) + "\", type " + hex(n.type())));
    }
  }

  private void unstartable(String what, String remedy) {
    if (f.hasNoMethod() && !explains) {
      f.fatal(what, remedy);
      explains = true;
    }
  }

  private Optional<Note> note(String name, int type) {
    return elf.notes().stream().filter(n -> n.name().equals(name) && n.type() == type).findFirst();
  }

  private Optional<String> text(String name, int type) {
    return note(name, type)
        .map(n -> Bytes.text(n.descriptor(), 0, MAX_TEXT))
        .filter(text -> !text.isBlank());
  }

  private static long address(ByteBuffer descriptor) {
    return descriptor.remaining() == Long.BYTES
        ? descriptor.getLong(0)
        : Integer.toUnsignedLong(descriptor.getInt(0));
  }
}
