package dev.diver.deploy.vm;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Passes output on and keeps the end of it. */
final class Tail implements OutputRelay.Sink {

  private static final int KEPT = 64 * 1024;

  private final OutputRelay.Sink next;
  private final byte[] ring = new byte[KEPT];
  private long total;

  Tail(OutputRelay.Sink next) {
    this.next = next;
  }

  @Override
  public void write(byte[] buffer, int length) throws IOException {
    keep(buffer, length);
    next.write(buffer, length);
  }

  @Override
  public void end() throws IOException {
    next.end();
  }

  /** Whether anything came. */
  synchronized boolean started() {
    return total > 0;
  }

  /** The last 64 KiB at most. */
  synchronized String text() {
    int size = (int) Math.min(total, KEPT);
    byte[] tail = new byte[size];
    for (int i = 0; i < size; i++) {
      tail[i] = ring[(int) ((total - size + i) % KEPT)];
    }
    return new String(tail, StandardCharsets.UTF_8);
  }

  private synchronized void keep(byte[] buffer, int length) {
    int at = (int) (total % KEPT);
    int first = Math.min(length, KEPT - at); // a buffer is never longer than the ring
    System.arraycopy(buffer, 0, ring, at, first);
    System.arraycopy(buffer, first, ring, 0, length - first);
    total += length;
  }
}
