package dev.diver.deploy.hypervisor;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the header of a Multiboot 1 kernel asks of its loader (specification 0.6.96, 3.1). */
final class MultibootFile {

  private static final int SEARCHED = 8192;
  private static final int MAGIC = 0x1BADB002;

  /** The header has the addresses: the file need not be understood. */
  private static final int HAS_ADDRESSES = 1 << 16;

  private static final int ELF_MAGIC = 0x464c457f;
  private static final int CLASS_OFFSET = 4;
  private static final byte CLASS_64 = 2;

  private MultibootFile() {}

  /**
   * Whether QEMU itself cannot load it: ELF of 64 bits without addresses in the header (QEMU,
   * hw/i386/multiboot.c). What cannot be read, QEMU may refuse.
   */
  static boolean needsLoader(Path kernel) {
    ByteBuffer head = head(kernel);
    boolean elf64 =
        head.limit() > CLASS_OFFSET
            && head.getInt(0) == ELF_MAGIC
            && head.get(CLASS_OFFSET) == CLASS_64;
    if (!elf64) {
      return false;
    }
    for (int at = 0; at + 12 <= head.limit(); at += 4) {
      int flags = head.getInt(at + 4);
      boolean header = head.getInt(at) == MAGIC && MAGIC + flags + head.getInt(at + 8) == 0;
      if (header) {
        return (flags & HAS_ADDRESSES) == 0;
      }
    }
    return false;
  }

  private static ByteBuffer head(Path kernel) {
    try (InputStream in = Files.newInputStream(kernel)) {
      return ByteBuffer.wrap(in.readNBytes(SEARCHED)).order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      return ByteBuffer.allocate(0);
    }
  }
}
