package dev.diver.kernels.image;

import static dev.diver.kernels.image.Bytes.u32;

import java.nio.ByteBuffer;
import java.util.zip.CRC32;

/** The header of a GUID partition table (UEFI 2.10, section 5.3.2). */
final class GptHeader {

  private static final int LEAST = 92;
  private static final int CHECKSUM = 16;

  private GptHeader() {}

  /** Whether its checksum holds, the checksum itself taken for zero. */
  static boolean isSound(ByteBuffer start, int at) {
    long size = u32(start, at + 12);
    if (size < LEAST || size > 512 || at + size > start.limit()) {
      return false;
    }
    byte[] header = new byte[(int) size];
    start.slice(at, header.length).get(header);
    ByteBuffer.wrap(header).putInt(CHECKSUM, 0);
    CRC32 crc = new CRC32();
    crc.update(header);
    return crc.getValue() == u32(start, at + CHECKSUM);
  }
}
