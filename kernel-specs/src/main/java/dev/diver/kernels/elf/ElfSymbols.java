package dev.diver.kernels.elf;

import dev.diver.kernels.bytes.BoundedBytes;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Looks functions up in an ELF file's symbol table (System V ABI, chapter 4, "Symbol Table"). */
final class ElfSymbols {

  private static final int MAX_SECTIONS = 1 << 16;
  private static final int MAX_SYMBOLS = 64 << 20;
  private static final int MAX_NAME = 1024;
  private static final int SHT_SYMTAB = 2;
  private static final int STT_NOTYPE = 0;
  private static final int STT_FUNC = 2;

  /** A symbol that may be the one; a better one has the higher address. */
  private record Candidate(long address, int name) {}

  /**
   * Where the fields are in a file of one class, as offsets and sizes in bytes.
   *
   * @param header size of the ELF header
   * @param sections {@code e_shoff}
   * @param counts {@code e_shentsize}, which {@code e_shnum} follows
   * @param section size of a section header
   * @param content {@code sh_offset}, which {@code sh_size} follows
   * @param link {@code sh_link}
   * @param symbol size of a symbol
   * @param kind {@code st_info}; {@code st_shndx} is two bytes after it
   * @param value {@code st_value}, which {@code st_size} follows
   * @param word size of an address or offset
   */
  private record Layout(
      int header,
      int sections,
      int counts,
      int section,
      int content,
      int link,
      int symbol,
      int kind,
      int value,
      int word) {

    static final Layout WIDE = new Layout(64, 40, 58, 64, 24, 40, 24, 4, 8, Long.BYTES);
    static final Layout NARROW = new Layout(52, 32, 46, 40, 16, 24, 16, 12, 4, Integer.BYTES);

    long word(ByteBuffer bytes, int at) {
      return word == Long.BYTES ? bytes.getLong(at) : Integer.toUnsignedLong(bytes.getInt(at));
    }
  }

  private final BoundedBytes bytes;
  private final Layout layout;

  private ElfSymbols(BoundedBytes bytes, int bits) {
    this.bytes = bytes;
    this.layout = bits == 64 ? Layout.WIDE : Layout.NARROW;
  }

  /**
   * The function of this address and the offset in it; empty where the file does not tell.
   *
   * @param bits 32 or 64
   */
  static Optional<String> at(BoundedBytes bytes, int bits, long address) {
    return new ElfSymbols(bytes, bits).at(address);
  }

  private Optional<String> at(long address) {
    ByteBuffer header = bytes.read(0, layout.header, layout.header);
    long tableOffset = layout.word(header, layout.sections);
    int count = Short.toUnsignedInt(header.getShort(layout.counts + 2));
    if (tableOffset == 0 || count == 0) {
      return Optional.empty();
    }
    int size = layout.section;
    if (Short.toUnsignedInt(header.getShort(layout.counts)) != size) {
      throw bytes.damaged();
    }
    ByteBuffer sections = bytes.read(tableOffset, (long) count * size, MAX_SECTIONS * size);
    for (int at = 0; at < sections.limit(); at += size) {
      if (sections.getInt(at + 4) == SHT_SYMTAB) {
        return inTable(sections, at, address);
      }
    }
    return Optional.empty();
  }

  private Optional<String> inTable(ByteBuffer sections, int table, long address) {
    int names = sections.getInt(table + layout.link);
    if (names < 0 || names >= sections.limit() / layout.section) {
      throw bytes.damaged();
    }
    long namesOffset = layout.word(sections, names * layout.section + layout.content);
    int content = table + layout.content;
    ByteBuffer symbols =
        bytes.read(
            layout.word(sections, content),
            layout.word(sections, content + layout.word),
            MAX_SYMBOLS);
    Candidate best = nearest(symbols, address);
    if (best == null) {
      return Optional.empty();
    }
    String name = bytes.text(namesOffset + Integer.toUnsignedLong(best.name()), MAX_NAME);
    long offset = address - best.address();
    return Optional.of(offset == 0 ? name : name + "+0x" + Long.toHexString(offset));
  }

  private @Nullable Candidate nearest(ByteBuffer symbols, long address) {
    Candidate best = null;
    for (int at = 0; at + layout.symbol <= symbols.limit(); at += layout.symbol) {
      int type = symbols.get(at + layout.kind) & 0xf;
      boolean defined = symbols.getShort(at + layout.kind + 2) != 0;
      long start = layout.word(symbols, at + layout.value);
      long size = layout.word(symbols, at + layout.value + layout.word);
      boolean inside =
          Long.compareUnsigned(start, address) <= 0
              && (size == 0 || Long.compareUnsigned(address - start, size) < 0);
      boolean code = type == STT_FUNC || (type == STT_NOTYPE && start != 0);
      if (defined
          && code
          && inside
          && symbols.getInt(at) != 0
          && (best == null || Long.compareUnsigned(start, best.address()) > 0)) {
        best = new Candidate(start, symbols.getInt(at));
      }
    }
    return best;
  }
}
