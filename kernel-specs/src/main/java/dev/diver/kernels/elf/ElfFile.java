package dev.diver.kernels.elf;

import dev.diver.kernels.bytes.BoundedBytes;
import dev.diver.kernels.elf.ElfHeaders.Segment;
import dev.diver.kernels.failure.Failure;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * An ELF file, as far as Diver must know it (System V ABI, chapters 4 and 5; Linux Standard Base
 * for notes). Files of strangers: damaged ones are INVALID, and nothing is read without a bound.
 *
 * @param path the file
 * @param bits 32 or 64
 * @param machine {@code e_machine}; {@link #X86_64} and others, see {@link #machineName}
 * @param kind what can be done with it; {@code OTHER} where it is not for 64-bit x86
 * @param entry the address that it starts at
 * @param interpreter the program that must load it
 * @param pvhEntry physical address of the Xen PVH entry, where a note gives one
 * @param coKernel what a kernel says of itself as a co-kernel, where a note does
 * @param streams what it says of streams in shared memory, where a note does
 */
public record ElfFile(
    Path path,
    int bits,
    int machine,
    Kind kind,
    long entry,
    Optional<String> interpreter,
    Optional<Long> pvhEntry,
    Optional<CoKernelNote> coKernel,
    Optional<StreamNote> streams) {

  /** {@code EM_X86_64}. */
  public static final int X86_64 = 62;

  /** {@code EM_386}. */
  private static final int I386 = 3;

  /** What can be done with an ELF file. */
  public enum Kind {
    /** Runs without an interpreter, at fixed addresses or anywhere (static PIE). */
    STATIC_EXECUTABLE,
    /** Needs an interpreter and shared libraries. */
    DYNAMIC_EXECUTABLE,
    SHARED_LIBRARY,
    /** An object file, to be linked. */
    RELOCATABLE,
    OTHER
  }

  private static final int HEADER_SIZE = 64;
  private static final int MAX_INTERPRETER = 4096;
  private static final int MAX_DYNAMIC = 1 << 20;

  private static final int ET_REL = 1;
  private static final int ET_EXEC = 2;
  private static final int ET_DYN = 3;
  private static final int PT_DYNAMIC = 2;
  private static final int PT_INTERP = 3;
  private static final long DT_NEEDED = 1;
  private static final long DT_SONAME = 14;
  private static final long DT_FLAGS_1 = 0x6ffffffbL;
  private static final long DF_1_PIE = 0x08000000L;

  /** Xen, "public/elfnote.h". */
  private static final int XEN_ELFNOTE_PHYS32_ENTRY = 18;

  /** abi/include/diver/enclave_note.h: name and type of the note. */
  private static final String DIVER = "Diver";

  private static final int DIVER_NOTE = 1;
  private static final int DIVER_NOTE_SIZE = 16;

  /** abi/include/diver/stream_note.h. */
  private static final int DIVER_STREAM_NOTE = 2;

  /** What the dynamic section says about the file's role. */
  private record Dynamic(boolean needsLibraries, boolean hasLibraryName, boolean isPie) {}

  /**
   * Reads the headers.
   *
   * @throws dev.diver.kernels.failure.DiverException INVALID where it is no ELF file or a damaged
   *     one; NOT_FOUND where there is none
   */
  public static ElfFile read(Path path) {
    try (BoundedBytes bytes = BoundedBytes.open(path, Long.MAX_VALUE)) {
      byte[] start = bytes.start(HEADER_SIZE);
      if (start.length < 20
          || start[0] != 0x7f
          || start[1] != 'E'
          || start[2] != 'L'
          || start[3] != 'F') {
        throw notElf(path, start);
      }
      int bits = start[4] == 2 ? 64 : 32;
      boolean bigEndian = start[5] == 2;
      int low = Byte.toUnsignedInt(start[bigEndian ? 19 : 18]);
      int machine = low | Byte.toUnsignedInt(start[bigEndian ? 18 : 19]) << 8;
      if (bits != 64 || bigEndian || machine != X86_64) {
        return new ElfFile(
            path,
            bits,
            machine,
            Kind.OTHER,
            0,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
      }
      return readHeaders(path, bytes);
    }
  }

  /** The function of this address and the offset in it, as in {@code main+0x12}. */
  public Optional<String> symbolAt(long address) {
    if (machine != X86_64 && machine != I386) {
      return Optional.empty();
    }
    try (BoundedBytes bytes = BoundedBytes.open(path, Long.MAX_VALUE)) {
      return ElfSymbols.at(bytes, bits, address);
    }
  }

  /** How people call {@code machine}. */
  public String machineName() {
    return ElfHeaders.machineName(machine);
  }

  private static ElfFile readHeaders(Path path, BoundedBytes bytes) {
    ElfHeaders headers = ElfHeaders.read(bytes);
    if (headers.damage().isPresent()) {
      throw bytes.damaged();
    }
    List<Segment> segments = headers.segments();
    Optional<String> interpreter =
        first(segments, PT_INTERP)
            .map(s -> bytes.text(s.offset(), Math.clamp(s.fileSize(), 1, MAX_INTERPRETER)));
    Dynamic dynamic =
        first(segments, PT_DYNAMIC)
            .map(s -> dynamic(bytes.read(s.offset(), s.fileSize(), MAX_DYNAMIC)))
            .orElse(new Dynamic(false, false, false));
    return new ElfFile(
        path,
        64,
        X86_64,
        kind(headers.type(), headers.entry(), interpreter.isPresent(), dynamic),
        headers.entry(),
        interpreter,
        headers
            .note("Xen", XEN_ELFNOTE_PHYS32_ENTRY, Integer.BYTES)
            .map(note -> Integer.toUnsignedLong(note.getInt())),
        headers
            .note(DIVER, DIVER_NOTE, DIVER_NOTE_SIZE)
            .map(note -> new CoKernelNote(note.getInt(), note.getInt(), note.getLong())),
        headers
            .note(DIVER, DIVER_STREAM_NOTE, Integer.BYTES)
            .map(note -> new StreamNote(note.getInt())));
  }

  private static Kind kind(int type, long entry, boolean interpreted, Dynamic dynamic) {
    return switch (type) {
      case ET_REL -> Kind.RELOCATABLE;
      case ET_EXEC ->
          interpreted || dynamic.needsLibraries()
              ? Kind.DYNAMIC_EXECUTABLE
              : Kind.STATIC_EXECUTABLE;
      case ET_DYN -> {
        boolean library = dynamic.hasLibraryName() || (!interpreted && dynamic.needsLibraries());
        if (!dynamic.isPie() && (library || entry == 0)) {
          yield Kind.SHARED_LIBRARY;
        }
        yield interpreted || dynamic.needsLibraries()
            ? Kind.DYNAMIC_EXECUTABLE
            : Kind.STATIC_EXECUTABLE;
      }
      default -> Kind.OTHER;
    };
  }

  private static Optional<Segment> first(List<Segment> segments, int type) {
    return segments.stream().filter(s -> s.type() == type).findFirst();
  }

  private static Dynamic dynamic(ByteBuffer section) {
    boolean needed = false;
    boolean named = false;
    boolean pie = false;
    while (section.remaining() >= 16) {
      long tag = section.getLong();
      long value = section.getLong();
      needed |= tag == DT_NEEDED;
      named |= tag == DT_SONAME;
      pie |= tag == DT_FLAGS_1 && (value & DF_1_PIE) != 0;
    }
    return new Dynamic(needed, named, pie);
  }

  private static RuntimeException notElf(Path path, byte[] start) {
    boolean script = start.length >= 2 && start[0] == '#' && start[1] == '!';
    return new Failure(
            Failure.Kind.INVALID,
            path + (script ? " is a script, not an ELF file." : " is not an ELF file."),
            "Name an executable that a compiler and linker made.")
        .exception();
  }
}
