package dev.diver.kernels.image;

import static dev.diver.kernels.image.Bytes.u16;
import static dev.diver.kernels.image.Bytes.u32;

import dev.diver.kernels.bytes.BoundedBytes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Headers of the two Multiboot specifications (Multiboot 0.6.96, section 3.1; Multiboot2 2.0,
 * section 3.1).
 */
final class Multiboot {

  static final long MAGIC_1 = 0x1badb002L;
  static final long MAGIC_2 = 0xe85250d6L;

  /** Where a loader looks for them, in bytes from the file's start. */
  private static final int REACH_1 = 8192;

  private static final int REACH_2 = 32768;

  /** QEMU (hw/i386/multiboot.c) wants room for all 12 fields. */
  private static final int QEMU_REACH = REACH_1 - 48;

  static final int FLAG_ADDRESSES = 1 << 16;
  private static final int FLAG_VIDEO = 1 << 2;

  /** Requirements of which a loader that does not know one must refuse the kernel. */
  private static final int FLAGS_UNKNOWN = 0xfff8;

  private static final int TAG_END = 0;
  private static final int TAG_ADDRESS = 2;
  private static final int TAG_ENTRY = 3;
  private static final int TAG_KNOWN = 10;
  private static final int TAG_OPTIONAL = 1;

  /**
   * A header of Multiboot 1.
   *
   * @param offset in the file, in bytes
   * @param trouble what is wrong with its address fields, as a clause
   */
  record First(int offset, int flags, Optional<Long> entry, Optional<String> trouble) {

    /** Whether it says itself where it is to be loaded, so that nobody looks at an ELF header. */
    boolean hasAddresses() {
      return (flags & FLAG_ADDRESSES) != 0;
    }

    boolean wantsVideo() {
      return (flags & FLAG_VIDEO) != 0;
    }

    /** QEMU does not look, GRUB refuses. */
    boolean demandsTheUnknown() {
      return (flags & FLAGS_UNKNOWN) != 0;
    }

    boolean seenByQemu() {
      return offset < QEMU_REACH;
    }
  }

  /**
   * A header of Multiboot 2.
   *
   * @param entry that replaces the ELF file's
   * @param hasAddresses as for {@link First}
   */
  record Second(int offset, Optional<Long> entry, boolean hasAddresses, Optional<String> trouble) {}

  private Multiboot() {}

  static Optional<First> first(Findings f) {
    for (int at = 0; at <= Math.min(REACH_1, f.head.limit()) - 12; at += 4) {
      if (u32(f.head, at) == MAGIC_1 && sum(f.head, at, 3) == 0) {
        int flags = (int) u32(f.head, at + 4);
        boolean addresses = (flags & FLAG_ADDRESSES) != 0;
        Optional<String> trouble = addresses ? addressTrouble(f, at) : Optional.empty();
        return Optional.of(
            new First(
                at,
                flags,
                addresses ? Optional.of(u32(f.head, at + 28)) : Optional.empty(),
                trouble));
      }
    }
    return Optional.empty();
  }

  /** The checks of QEMU's loader, and whether the file has what is to be loaded. */
  private static Optional<String> addressTrouble(Findings f, int at) {
    long header = u32(f.head, at + 12);
    long load = u32(f.head, at + 16);
    long loadEnd = u32(f.head, at + 20);
    long bssEnd = u32(f.head, at + 24);
    long entry = u32(f.head, at + 28);
    long start = at - (header - load);
    if (header < load || start < 0) {
      return Optional.of("its header_addr and load_addr do not fit its place in the file");
    }
    if (loadEnd != 0 && loadEnd < load) {
      return Optional.of("its load_end_addr is below its load_addr");
    }
    boolean sized = f.size() != BoundedBytes.UNKNOWN_SIZE;
    long end = loadEnd != 0 || !sized ? loadEnd : load + f.size() - start;
    if (sized && loadEnd != 0 && loadEnd - load > f.size() - start) {
      return Optional.of(
          "it is cut short: "
              + (loadEnd - load)
              + " bytes are to be loaded, and it has "
              + (f.size() - start));
    }
    if (bssEnd != 0 && bssEnd < end) {
      return Optional.of("its bss_end_addr is below the end of what is loaded");
    }
    return entry < load || (Math.max(end, bssEnd) != 0 && entry >= Math.max(end, bssEnd))
        ? Optional.of("its entry_addr lies outside of what is loaded")
        : Optional.empty();
  }

  static Optional<Second> second(Findings f) {
    for (int at = 0; at <= Math.min(REACH_2, f.head.limit()) - 16; at += 8) {
      if (u32(f.head, at) == MAGIC_2 && sum(f.head, at, 4) == 0) {
        return Optional.of(tags(f.head, at));
      }
    }
    return Optional.empty();
  }

  private static Second tags(ByteBuffer head, int offset) {
    List<String> trouble = new ArrayList<>();
    Optional<Long> entry = Optional.empty();
    boolean addresses = false;
    long length = u32(head, offset + 8);
    if (length < 16 || length > REACH_2 - offset) {
      return new Second(
          offset, entry, false, Optional.of("its header claims " + length + " bytes"));
    }
    if (u32(head, offset + 4) != 0) {
      trouble.add("it is for another architecture (" + u32(head, offset + 4) + ")");
    }
    int end = offset + (int) length;
    int at = offset + 16;
    int type = -1;
    while (type != TAG_END && at + 8 <= end) {
      type = u16(head, at);
      long size = u32(head, at + 4);
      if (size < 8 || size > end - at) {
        trouble.add("a tag of its header claims " + size + " bytes");
        break;
      }
      entry = type == TAG_ENTRY ? Optional.of(u32(head, at + 8)) : entry;
      addresses |= type == TAG_ADDRESS;
      if (type > TAG_KNOWN && (u16(head, at + 2) & TAG_OPTIONAL) == 0) {
        trouble.add("it demands a feature that no loader knows (tag " + type + ")");
      }
      at += (int) ((size + 7) & ~7L);
    }
    if (type != TAG_END && trouble.isEmpty()) {
      trouble.add("its header has no end tag");
    }
    return new Second(offset, entry, addresses, trouble.stream().findFirst());
  }

  /** Where a magic number stands whose checksum is wrong. */
  static Optional<Integer> spoiled(Findings f) {
    for (int at = 0; at <= Math.min(REACH_2, f.head.limit()) - 12; at += 4) {
      long magic = u32(f.head, at);
      boolean first = magic == MAGIC_1 && at <= REACH_1 - 12 && sum(f.head, at, 3) != 0;
      boolean second = magic == MAGIC_2 && at % 8 == 0 && sum(f.head, at, 4) != 0;
      if (first || second) {
        return Optional.of(at);
      }
    }
    return Optional.empty();
  }

  private static int sum(ByteBuffer head, int at, int fields) {
    int sum = 0;
    for (int i = 0; i < fields; i++) {
      sum += (int) u32(head, at + 4 * i);
    }
    return sum;
  }
}
