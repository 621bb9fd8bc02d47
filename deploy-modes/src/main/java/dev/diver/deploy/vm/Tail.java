package dev.diver.deploy.vm;

import java.nio.charset.StandardCharsets;

/** The end of what was printed. Not for several threads. */
final class Tail {

  private static final int KEPT = 64 * 1024;

  private final byte[] ring = new byte[KEPT];
  private long total;

  /** Takes more. */
  void keep(byte[] buffer, int length) {
    int skipped = Math.max(0, length - KEPT);
    int at = (int) ((total + skipped) % KEPT);
    int size = length - skipped;
    int first = Math.min(size, KEPT - at);
    System.arraycopy(buffer, skipped, ring, at, first);
    System.arraycopy(buffer, skipped + first, ring, 0, size - first);
    total += length;
  }

  /** How much came, in bytes. */
  long total() {
    return total;
  }

  /** The last 64 KiB at most. */
  String text() {
    int size = (int) Math.min(total, KEPT);
    byte[] tail = new byte[size];
    for (int i = 0; i < size; i++) {
      tail[i] = ring[(int) ((total - size + i) % KEPT)];
    }
    return new String(tail, StandardCharsets.UTF_8);
  }
}
