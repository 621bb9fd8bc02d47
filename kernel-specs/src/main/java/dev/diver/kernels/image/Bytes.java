package dev.diver.kernels.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/** Reads fields where they may not be: outside of the bytes everything is zero. */
final class Bytes {

  private Bytes() {}

  static int u8(ByteBuffer bytes, int at) {
    return has(bytes, at, 1) ? Byte.toUnsignedInt(bytes.get(at)) : 0;
  }

  static int u16(ByteBuffer bytes, int at) {
    return has(bytes, at, 2) ? Short.toUnsignedInt(bytes.getShort(at)) : 0;
  }

  static long u32(ByteBuffer bytes, int at) {
    return has(bytes, at, 4) ? Integer.toUnsignedLong(bytes.getInt(at)) : 0;
  }

  static long u64(ByteBuffer bytes, int at) {
    return has(bytes, at, 8) ? bytes.getLong(at) : 0;
  }

  static boolean matches(ByteBuffer bytes, int at, String ascii) {
    byte[] magic = ascii.getBytes(StandardCharsets.ISO_8859_1);
    return has(bytes, at, magic.length)
        && bytes.slice(at, magic.length).equals(ByteBuffer.wrap(magic));
  }

  /** The text there, up to a zero byte or this many bytes, without control characters. */
  static String text(ByteBuffer bytes, int at, int most) {
    return text(bytes, at, most, StandardCharsets.UTF_8);
  }

  static String text(ByteBuffer bytes, int at, int most, Charset charset) {
    if (at < 0 || at >= bytes.limit()) {
      return "";
    }
    int end = at;
    int limit = Math.min(bytes.limit(), at + most);
    while (end < limit && bytes.get(end) != 0) {
      end++;
    }
    String text = charset.decode(bytes.slice(at, end - at)).toString();
    return plain(text).strip();
  }

  /** Without control characters (ISO 6429, C0 and C1). */
  static String plain(String text) {
    return text.replaceAll("[\\x00-\\x1f\\x7f-\\x9f]", "?");
  }

  /** The same bytes, big-endian. */
  static ByteBuffer bigEndian(ByteBuffer bytes) {
    return bytes.duplicate().order(ByteOrder.BIG_ENDIAN);
  }

  /** A number as addresses are written. */
  static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }

  private static boolean has(ByteBuffer bytes, int at, int length) {
    return at >= 0 && length <= bytes.limit() - at;
  }
}
