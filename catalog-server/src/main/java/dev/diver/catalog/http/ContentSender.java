package dev.diver.catalog.http;

import dev.diver.kernels.reference.Digest;
import io.javalin.http.Context;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;
import org.eclipse.jetty.ee10.servlet.HttpOutput;

/**
 * Sends stored content, whole or a part of it. Content never changes under its digest and is only
 * ever unlinked, so a mapping of it stays valid while it is sent; from there the kernel copies it
 * straight to the socket.
 */
final class ContentSender {

  private static final long WINDOW_BYTES = 64L * 1024 * 1024;

  private ContentSender() {}

  /** Opens what is sent; not called where headers are all that is asked for. */
  interface Source {
    FileChannel open() throws IOException;
  }

  /** Answers GET or HEAD, with Range, If-Range and If-None-Match (RFC 9110, sections 13 and 14). */
  static void send(Context ctx, Digest digest, String mediaType, long size, Source source)
      throws IOException {
    String etag = "\"" + digest + "\"";
    ctx.header("Docker-Content-Digest", digest.toString());
    ctx.header("ETag", etag);
    ctx.header("Accept-Ranges", "bytes");
    if (isFresh(ctx, etag)) {
      ctx.status(304);
      return;
    }
    Optional<ByteRange> range = range(ctx, etag, size);
    ByteRange part = range.orElse(new ByteRange(0, size - 1));
    ctx.status(range.isPresent() ? 206 : 200);
    if (range.isPresent()) {
      ctx.header("Content-Range", "bytes " + part.start() + "-" + part.end() + "/" + size);
    }
    ctx.contentType(mediaType);
    ctx.res().setContentLengthLong(part.length());
    if (!ctx.req().getMethod().equals("HEAD") && part.length() > 0) {
      try (FileChannel channel = source.open()) {
        copy(channel, part, (HttpOutput) ctx.res().getOutputStream());
      }
    }
  }

  private static boolean isFresh(Context ctx, String etag) {
    String known = ctx.header("If-None-Match");
    return known != null && (known.contains(etag) || known.strip().equals("*"));
  }

  private static Optional<ByteRange> range(Context ctx, String etag, long size) {
    String header = ctx.header("Range");
    String condition = ctx.header("If-Range");
    if (header == null || (condition != null && !condition.equals(etag))) {
      return Optional.empty();
    }
    ctx.header("Content-Range", "bytes */" + size); // stands if the range lies outside
    Optional<ByteRange> range = ByteRange.requested(header, size);
    ctx.res().setHeader("Content-Range", null);
    return range;
  }

  private static void copy(FileChannel channel, ByteRange part, HttpOutput out) throws IOException {
    for (long at = part.start(); at <= part.end(); at += WINDOW_BYTES) {
      long length = Math.min(WINDOW_BYTES, part.end() - at + 1);
      try (Arena arena = Arena.ofShared()) {
        ByteBuffer window =
            channel.map(FileChannel.MapMode.READ_ONLY, at, length, arena).asByteBuffer();
        out.write(window);
      }
    }
  }
}
