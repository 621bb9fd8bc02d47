package dev.diver.catalog.http;

import dev.diver.catalog.storage.ErrorCode;
import dev.diver.catalog.storage.RefusedException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A part of some content (RFC 9110, section 14).
 *
 * @param start first byte
 * @param end last byte, included
 */
record ByteRange(long start, long end) {

  private static final Pattern RANGE = Pattern.compile("bytes=([0-9]{0,18})-([0-9]{0,18})");
  private static final Pattern CONTENT_RANGE =
      Pattern.compile("(?:bytes )?([0-9]{1,18})-([0-9]{1,18})(?:/.*)?");

  /** Bytes in it. */
  long length() {
    return end - start + 1;
  }

  /**
   * The part that a Range header asks for. Empty means all: also for a unit or a list of ranges
   * that we do not know, as RFC 9110 allows.
   */
  static Optional<ByteRange> requested(String header, long size) {
    Matcher match = RANGE.matcher(header.strip());
    if (!match.matches() || (match.group(1).isEmpty() && match.group(2).isEmpty())) {
      return Optional.empty();
    }
    long start;
    long end = size - 1;
    if (match.group(1).isEmpty()) {
      start = Math.max(0, size - Long.parseLong(match.group(2)));
    } else {
      start = Long.parseLong(match.group(1));
      if (!match.group(2).isEmpty()) {
        long asked = Long.parseLong(match.group(2));
        if (asked < start) {
          return Optional.empty();
        }
        end = Math.min(end, asked);
      }
    }
    if (start > end) {
      throw new RefusedException(
          ErrorCode.RANGE_INVALID, "The content has " + size + " bytes; the range lies outside.");
    }
    return Optional.of(new ByteRange(start, end));
  }

  /** A chunk's place, {@code start-end} (OCI distribution, "Pushing a blob in chunks"). */
  static ByteRange ofChunk(String header) {
    Matcher match = CONTENT_RANGE.matcher(header.strip());
    if (match.matches()) {
      ByteRange range =
          new ByteRange(Long.parseLong(match.group(1)), Long.parseLong(match.group(2)));
      if (range.start <= range.end) {
        return range;
      }
    }
    throw new RefusedException(
        ErrorCode.BLOB_UPLOAD_INVALID, "Content-Range is not first-last, as in 0-1023.");
  }
}
