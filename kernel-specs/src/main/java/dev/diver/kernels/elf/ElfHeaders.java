package dev.diver.kernels.elf;

import dev.diver.kernels.bytes.BoundedBytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The headers of an ELF file of any class, byte order and machine (System V ABI, chapters 4 and 5;
 * Linux Standard Base for notes). Lenient: what is damaged is said and left out, since some loaders
 * never look at it.
 *
 * @param bits 32 or 64
 * @param machine {@code e_machine}
 * @param type {@code e_type}
 * @param entry the address that it starts at
 * @param damage what is wrong with the program headers or the notes, as a clause
 */
public record ElfHeaders(
    int bits,
    boolean bigEndian,
    int machine,
    int type,
    long entry,
    List<Segment> segments,
    List<Note> notes,
    Optional<String> damage) {

  public static final int PT_LOAD = 1;
  public static final int PT_INTERP = 3;
  public static final int PT_NOTE = 4;

  private static final int HEADER_32 = 52;
  private static final int HEADER_64 = 64;
  private static final int PROGRAM_HEADER_32 = 32;
  private static final int PROGRAM_HEADER_64 = 56;
  private static final int MAX_PROGRAM_HEADERS = 1024;

  /** The most, in bytes, that is read of the notes of a file. */
  private static final int MAX_NOTES = 1 << 20;

  private static final int MAX_NAME = 256;
  private static final int MAX_COUNT = 4096;

  /** A program header; addresses are of the machine, offset and sizes in bytes. */
  public record Segment(
      int type,
      long offset,
      long virtualAddress,
      long physicalAddress,
      long fileSize,
      long memorySize,
      long alignment) {}

  /**
   * A note.
   *
   * @param name who gives {@code type} its meaning
   * @param offset of the note in the file, in bytes
   * @param descriptor what it says, in the file's byte order
   * @param segment that it is in
   */
  public record Note(String name, int type, long offset, ByteBuffer descriptor, Segment segment) {}

  /** Whether a file that starts so is an ELF file. */
  public static boolean isElf(ByteBuffer start) {
    return start.remaining() >= 4
        && start.slice().order(ByteOrder.BIG_ENDIAN).getInt() == ELF_MAGIC;
  }

  private static final int ELF_MAGIC = 0x7f454c46;

  /**
   * Reads the headers of a file that {@link #isElf}.
   *
   * @throws dev.diver.kernels.failure.DiverException INVALID where it ends in its first header
   */
  public static ElfHeaders read(BoundedBytes bytes) {
    byte[] identification = bytes.start(6);
    if (identification.length < 6) {
      throw bytes.damaged();
    }
    boolean wide = identification[4] == 2;
    boolean bigEndian = identification[5] == 2;
    int size = wide ? HEADER_64 : HEADER_32;
    ByteBuffer header = ordered(bytes.read(0, size, size), bigEndian);
    List<String> damage = new ArrayList<>();
    List<Segment> segments = segments(bytes, header, wide, damage);
    return new ElfHeaders(
        wide ? 64 : 32,
        bigEndian,
        Short.toUnsignedInt(header.getShort(18)),
        Short.toUnsignedInt(header.getShort(16)),
        wide ? header.getLong(24) : Integer.toUnsignedLong(header.getInt(24)),
        segments,
        notes(bytes, segments, bigEndian, damage),
        damage.stream().findFirst());
  }

  /** What the first note of this name and type says, if it is at least so long. */
  public Optional<ByteBuffer> note(String name, int type, int least) {
    return notes.stream()
        .filter(note -> note.name().equals(name) && note.type() == type)
        .map(note -> note.descriptor().slice().order(note.descriptor().order()))
        .filter(descriptor -> descriptor.remaining() >= least)
        .findFirst();
  }

  /** How people call an {@code e_machine}. */
  public static String machineName(int machine) {
    return switch (machine) {
      case 3 -> "x86 (32-bit)";
      case 8 -> "MIPS";
      case 20, 21 -> "PowerPC";
      case 22 -> "S/390";
      case 40 -> "ARM (32-bit)";
      case 62 -> "x86-64";
      case 183 -> "AArch64";
      case 243 -> "RISC-V";
      case 258 -> "LoongArch";
      default -> "machine number " + machine;
    };
  }

  private static List<Segment> segments(
      BoundedBytes bytes, ByteBuffer header, boolean wide, List<String> damage) {
    int entrySize = Short.toUnsignedInt(header.getShort(wide ? 54 : 42));
    int count = Short.toUnsignedInt(header.getShort(wide ? 56 : 44));
    if (count == 0) {
      return List.of();
    }
    int expected = wide ? PROGRAM_HEADER_64 : PROGRAM_HEADER_32;
    if (entrySize != expected || count > MAX_PROGRAM_HEADERS) {
      damage.add("it claims " + count + " program headers of " + entrySize + " bytes");
      return List.of();
    }
    long offset = wide ? header.getLong(32) : Integer.toUnsignedLong(header.getInt(28));
    Optional<ByteBuffer> table = bytes.at(offset, (long) count * entrySize);
    if (table.isEmpty()) {
      damage.add("its program headers lie outside of the file");
      return List.of();
    }
    ByteBuffer headers = table.get().order(header.order());
    List<Segment> segments = new ArrayList<>();
    for (int at = 0; at < headers.limit(); at += entrySize) {
      segments.add(wide ? segment64(headers, at) : segment32(headers, at));
    }
    return List.copyOf(segments);
  }

  private static Segment segment64(ByteBuffer headers, int at) {
    return new Segment(
        headers.getInt(at),
        headers.getLong(at + 8),
        headers.getLong(at + 16),
        headers.getLong(at + 24),
        headers.getLong(at + 32),
        headers.getLong(at + 40),
        headers.getLong(at + 48));
  }

  private static Segment segment32(ByteBuffer headers, int at) {
    return new Segment(
        headers.getInt(at),
        Integer.toUnsignedLong(headers.getInt(at + 4)),
        Integer.toUnsignedLong(headers.getInt(at + 8)),
        Integer.toUnsignedLong(headers.getInt(at + 12)),
        Integer.toUnsignedLong(headers.getInt(at + 16)),
        Integer.toUnsignedLong(headers.getInt(at + 20)),
        Integer.toUnsignedLong(headers.getInt(at + 28)));
  }

  private static List<Note> notes(
      BoundedBytes bytes, List<Segment> segments, boolean bigEndian, List<String> damage) {
    List<Note> notes = new ArrayList<>();
    long left = MAX_NOTES;
    for (Segment segment : segments) {
      if (segment.type() == PT_NOTE) {
        boolean few = Long.compareUnsigned(segment.fileSize(), left) <= 0;
        Optional<ByteBuffer> content =
            few ? bytes.at(segment.offset(), segment.fileSize()) : Optional.empty();
        if (content.isEmpty()) {
          damage.add("its notes lie outside of the file, or are larger than any kernel's");
          break;
        }
        left -= segment.fileSize();
        addNotes(ordered(content.get(), bigEndian), segment, notes);
      }
    }
    return List.copyOf(notes);
  }

  /**
   * Notes: sizes of name and descriptor, type, then both. Both are padded to 4 bytes, or to 8 where
   * the segment is aligned so (as GNU's tools write and read it).
   */
  private static void addNotes(ByteBuffer content, Segment segment, List<Note> notes) {
    while (content.remaining() >= 12 && notes.size() < MAX_COUNT) {
      long start = segment.offset() + content.position();
      long nameSize = Integer.toUnsignedLong(content.getInt());
      long descriptorSize = Integer.toUnsignedLong(content.getInt());
      int type = content.getInt();
      int name = content.position();
      long header = start - segment.offset();
      long descriptor = header + padded(12 + nameSize, segment);
      // The last one's padding is missing in some files.
      if (descriptor + descriptorSize > content.limit()) {
        return;
      }
      notes.add(
          new Note(
              name(content, name, (int) Math.min(nameSize, MAX_NAME)),
              type,
              start,
              content
                  .slice((int) descriptor, (int) descriptorSize)
                  .order(content.order())
                  .asReadOnlyBuffer()
                  .order(content.order()),
              segment));
      content.position(
          (int) Math.min(content.limit(), descriptor + padded(descriptorSize, segment)));
    }
  }

  /** The name ends with a zero byte, which counts. */
  private static String name(ByteBuffer notes, int at, int size) {
    int length = size > 0 && notes.get(at + size - 1) == 0 ? size - 1 : size;
    return StandardCharsets.ISO_8859_1.decode(notes.slice(at, length)).toString();
  }

  private static long padded(long size, Segment segment) {
    long alignment = segment.alignment() == 8 ? 8 : 4;
    return (size + alignment - 1) & -alignment;
  }

  private static ByteBuffer ordered(ByteBuffer bytes, boolean bigEndian) {
    return bytes.order(bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
  }
}
