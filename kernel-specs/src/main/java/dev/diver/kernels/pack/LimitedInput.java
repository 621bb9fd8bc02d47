package dev.diver.kernels.pack;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A stream that fails once more than its budget was read, instead of going on without end. */
final class LimitedInput extends FilterInputStream {

  private final String what;
  private final long budget;
  private long read;
  private long stepEnd = Long.MAX_VALUE;

  LimitedInput(InputStream in, String what, long budget) {
    super(in);
    this.what = what;
    this.budget = budget;
  }

  /** Allows at most this many bytes until the next call. */
  void step(long bytes) {
    stepEnd = bytes > Long.MAX_VALUE - read ? Long.MAX_VALUE : read + bytes;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int count = super.read(buffer, offset, length);
    read += Math.max(count, 0);
    if (read > budget) {
      throw new RefusedException(what + " is more than " + budget + " bytes");
    }
    if (read > stepEnd) {
      throw new RefusedException("a header of " + what + " is too long");
    }
    return count;
  }

  /** Reads instead of seeking, so that skipped bytes count as well. */
  @Override
  public long skip(long bytes) throws IOException {
    byte[] buffer = new byte[(int) Math.min(8192, Math.max(bytes, 0))];
    long skipped = 0;
    while (skipped < bytes) {
      int count = read(buffer, 0, (int) Math.min(buffer.length, bytes - skipped));
      if (count < 0) {
        break;
      }
      skipped += count;
    }
    return skipped;
  }

  @Override
  public boolean markSupported() {
    return false;
  }
}
