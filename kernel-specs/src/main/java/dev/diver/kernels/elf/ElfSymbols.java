package dev.diver.kernels.elf;

import dev.diver.kernels.bytes.BoundedBytes;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Looks functions up in an ELF file's symbol table (System V ABI, chapter 4, "Symbol Table"). */
final class ElfSymbols {

  private static final int HEADER_SIZE = 64;
  private static final int SECTION_HEADER_SIZE = 64;
  private static final int SYMBOL_SIZE = 24;
  private static final int MAX_SECTIONS = 1 << 16;
  private static final int MAX_SYMBOLS = 64 << 20;
  private static final int MAX_NAME = 1024;
  private static final int SHT_SYMTAB = 2;
  private static final int STT_NOTYPE = 0;
  private static final int STT_FUNC = 2;

  /** A symbol that may be the one; a better one has the higher address. */
  private record Candidate(long address, int name) {}

  private ElfSymbols() {}

  /** The function of this address and the offset in it; empty where the file does not tell. */
  static Optional<String> at(BoundedBytes bytes, long address) {
    ByteBuffer header = bytes.read(0, HEADER_SIZE, HEADER_SIZE);
    long tableOffset = header.getLong(40);
    int count = Short.toUnsignedInt(header.getShort(60));
    if (tableOffset == 0 || count == 0) {
      return Optional.empty();
    }
    if (Short.toUnsignedInt(header.getShort(58)) != SECTION_HEADER_SIZE) {
      throw bytes.damaged();
    }
    ByteBuffer sections =
        bytes.read(
            tableOffset, (long) count * SECTION_HEADER_SIZE, MAX_SECTIONS * SECTION_HEADER_SIZE);
    for (int at = 0; at < sections.limit(); at += SECTION_HEADER_SIZE) {
      if (sections.getInt(at + 4) == SHT_SYMTAB) {
        return inTable(bytes, sections, at, address);
      }
    }
    return Optional.empty();
  }

  private static Optional<String> inTable(
      BoundedBytes bytes, ByteBuffer sections, int table, long address) {
    int names = sections.getInt(table + 40);
    if (names < 0 || names >= sections.limit() / SECTION_HEADER_SIZE) {
      throw bytes.damaged();
    }
    long namesOffset = sections.getLong(names * SECTION_HEADER_SIZE + 24);
    ByteBuffer symbols =
        bytes.read(sections.getLong(table + 24), sections.getLong(table + 32), MAX_SYMBOLS);
    Candidate best = nearest(symbols, address);
    if (best == null) {
      return Optional.empty();
    }
    String name = bytes.text(namesOffset + Integer.toUnsignedLong(best.name()), MAX_NAME);
    long offset = address - best.address();
    return Optional.of(offset == 0 ? name : name + "+0x" + Long.toHexString(offset));
  }

  private static @Nullable Candidate nearest(ByteBuffer symbols, long address) {
    Candidate best = null;
    for (int at = 0; at + SYMBOL_SIZE <= symbols.limit(); at += SYMBOL_SIZE) {
      int type = symbols.get(at + 4) & 0xf;
      boolean defined = symbols.getShort(at + 6) != 0;
      long start = symbols.getLong(at + 8);
      long size = symbols.getLong(at + 16);
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
