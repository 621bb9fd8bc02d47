package dev.diver.deploy.trace;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * The lines of a stream as bytes, in constant memory: one line at a time, valid until the next. Of
 * a line that does not fit, the start and the end are kept, which is where a log says what a call
 * was and what it took.
 */
final class Lines {

  private static final int CAPACITY = 1 << 18;

  /** Of a line that does not fit. */
  private static final int KEPT = 1 << 12;

  private final InputStream in;
  private final byte[] buffer = new byte[CAPACITY];

  /** What has been read, and not given out, is from {@code next} to {@code limit}. */
  private int next;

  private int limit;
  private boolean ended;

  private int start;
  private int end;
  private long number;

  Lines(InputStream in) {
    this.in = in;
  }

  /** Goes to the next line; false at the end. */
  boolean next() throws IOException {
    int scanned = next;
    while (true) {
      int newline = indexOf((byte) '\n', scanned, limit);
      if (newline >= 0) {
        return line(newline, newline + 1);
      }
      if (ended) {
        return next < limit && line(limit, limit);
      }
      scanned = read();
    }
  }

  private boolean line(int stop, int after) {
    start = next;
    end = stop > start && buffer[stop - 1] == '\r' ? stop - 1 : stop;
    next = after;
    number++;
    return true;
  }

  /** Where what was read begins. */
  private int read() throws IOException {
    if (next > 0) {
      System.arraycopy(buffer, next, buffer, 0, limit - next);
      limit -= next;
      next = 0;
    }
    if (limit == CAPACITY) {
      System.arraycopy(buffer, limit - KEPT, buffer, KEPT, KEPT);
      limit = 2 * KEPT;
    }
    int count = in.read(buffer, limit, CAPACITY - limit);
    ended = count < 0;
    int begin = limit;
    limit += Math.max(0, count);
    return begin;
  }

  private int indexOf(byte wanted, int from, int to) {
    for (int i = from; i < to; i++) {
      if (buffer[i] == wanted) {
        return i;
      }
    }
    return -1;
  }

  /** The bytes that {@link #start} and {@link #end} point into. */
  byte[] bytes() {
    return buffer;
  }

  int start() {
    return start;
  }

  int end() {
    return end;
  }

  /** Of the line, from 1 on. */
  long number() {
    return number;
  }

  /** The line as text, at most its first 100 characters. */
  String text() {
    return new String(buffer, start, Math.min(end - start, 100), StandardCharsets.ISO_8859_1);
  }
}
