package dev.diver.catalog.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.diver.catalog.storage.ErrorCode;
import dev.diver.catalog.storage.RefusedException;
import io.javalin.http.Context;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import org.eclipse.jetty.io.EofException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells a client what is wrong (OCI distribution specification 1.1, "Error Codes"). */
final class Errors {

  private static final Logger LOG = LoggerFactory.getLogger(Errors.class);

  /** How much content of a refused request is read and thrown away, in bytes. */
  static final int DISCARDED_BYTES = 1 << 20;

  private Errors() {}

  record Problem(
      String code, String message, @JsonInclude(JsonInclude.Include.NON_EMPTY) String detail) {}

  record Body(List<Problem> errors) {}

  static RefusedException unsupportedMethod() {
    return new RefusedException(ErrorCode.UNSUPPORTED, "This method means nothing here.");
  }

  /** Refuses all but GET and HEAD. */
  static void requireRead(Context ctx) {
    if (!isRead(ctx)) {
      throw unsupportedMethod();
    }
  }

  static boolean isRead(Context ctx) {
    return ctx.req().getMethod().equals("GET") || ctx.req().getMethod().equals("HEAD");
  }

  static void refused(RefusedException e, Context ctx) {
    tell(ctx, e.code(), e.message(), e.remedy());
  }

  /** Anything else: the log has the cause, the client only learns that it happened. */
  static void failed(Exception e, Context ctx) {
    Throwable cause = e instanceof UncheckedIOException io ? io.getCause() : e;
    switch (cause) {
      case EofException gone -> LOG.debug("the client went away", gone);
      case ClosedChannelException closed ->
          tell(ctx, ErrorCode.BLOB_UPLOAD_UNKNOWN, "The upload was ended by another request.");
      case IOException full when isDiskFull(full) ->
          tell(ctx, ErrorCode.STORAGE_FULL, "The catalog's disk is full.");
      case null, default -> {
        LOG.warn("{} {} failed", ctx.req().getMethod(), ctx.path(), e);
        tell(ctx, ErrorCode.UNKNOWN, "The catalog failed; its log says why.");
      }
    }
  }

  private static boolean isDiskFull(IOException e) {
    // Java has no type for ENOSPC and EDQUOT; the message is the C library's.
    String message = String.valueOf(e.getMessage());
    return message.contains("No space left on device") || message.contains("quota exceeded");
  }

  static void tell(Context ctx, ErrorCode code, String message) {
    tell(ctx, code, message, "");
  }

  private static void tell(Context ctx, ErrorCode code, String message, String detail) {
    if (!ctx.res().isCommitted()) {
      if (hasBody(ctx) && !isContentDiscarded(ctx)) {
        // what was sent along has not been read: no other request can follow it
        ctx.header("Connection", "close");
      }
      ctx.res().setContentLengthLong(-1);
      ctx.status(code.status());
      Json.send(ctx, new Body(List.of(new Problem(code.name(), message, detail))));
    }
  }

  /**
   * Reads the content of a refused request to its end where that is near: a connection that is
   * closed with content unread is reset, and the client may never see why it was refused.
   */
  private static boolean isContentDiscarded(Context ctx) {
    try {
      ctx.req().getInputStream().skipNBytes(DISCARDED_BYTES);
      return false;
    } catch (EOFException end) {
      return true;
    } catch (IOException broken) {
      LOG.debug("the content of a refused request cannot be read", broken);
      return false;
    }
  }

  private static boolean hasBody(Context ctx) {
    return ctx.req().getContentLengthLong() > 0 || ctx.header("Transfer-Encoding") != null;
  }
}
