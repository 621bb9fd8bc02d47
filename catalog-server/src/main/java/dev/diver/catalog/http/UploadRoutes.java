package dev.diver.catalog.http;

import dev.diver.catalog.storage.ErrorCode;
import dev.diver.catalog.storage.RefusedException;
import dev.diver.catalog.storage.Registry;
import dev.diver.catalog.storage.Upload;
import dev.diver.catalog.storage.Uploads;
import dev.diver.kernels.reference.Digest;
import io.javalin.http.Context;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;

/** {@code /v2/NAME/blobs/uploads/…}: pushing a blob at once, in chunks, or by mounting it. */
final class UploadRoutes {

  private final Registry registry;
  private final Uploads uploads;

  UploadRoutes(Registry registry, Uploads uploads) {
    this.registry = registry;
    this.uploads = uploads;
  }

  void handle(Context ctx, Target.Uploads target) throws IOException {
    if (!ctx.req().getMethod().equals("POST")) {
      throw Errors.unsupportedMethod();
    }
    Optional<Digest> mount = Optional.ofNullable(ctx.queryParam("mount")).map(Target::digest);
    Optional<String> from = Optional.ofNullable(ctx.queryParam("from")).map(Target::repository);
    if (mount.isPresent() && registry.mountBlob(target.repository(), from, mount.get())) {
      created(ctx, target.repository(), mount.get());
      return;
    }
    Optional<Digest> digest = Optional.ofNullable(ctx.queryParam("digest")).map(Target::digest);
    Upload upload = uploads.begin(target.repository());
    if (digest.isEmpty()) {
      progress(ctx, upload, 202);
      return;
    }
    try {
      upload.append(OptionalLong.empty(), ctx.req().getInputStream());
      uploads.complete(upload, digest.get());
      created(ctx, target.repository(), digest.get());
    } finally {
      uploads.cancel(upload);
    }
  }

  void handle(Context ctx, Target.UploadUnderWay target) throws IOException {
    Upload upload = uploads.find(target.repository(), target.id());
    switch (ctx.req().getMethod()) {
      case "GET", "HEAD" -> progress(ctx, upload, 204);
      case "PATCH" -> {
        append(ctx, upload);
        progress(ctx, upload, 202);
      }
      case "PUT" -> {
        Digest digest =
            Target.digest(Optional.ofNullable(ctx.queryParam("digest")).orElse("nothing"));
        append(ctx, upload);
        uploads.complete(upload, digest);
        created(ctx, target.repository(), digest);
      }
      case "DELETE" -> {
        uploads.cancel(upload);
        ctx.status(204);
      }
      default -> throw Errors.unsupportedMethod();
    }
  }

  private static void append(Context ctx, Upload upload) throws IOException {
    String header = ctx.header("Content-Range");
    try {
      if (header == null) {
        upload.append(OptionalLong.empty(), ctx.req().getInputStream());
        return;
      }
      ByteRange range = ByteRange.ofChunk(header);
      long length = ctx.req().getContentLengthLong();
      if (length >= 0 && length != range.length()) {
        throw new RefusedException(
            ErrorCode.SIZE_INVALID, "Content-Range and Content-Length do not agree.");
      }
      upload.append(OptionalLong.of(range.start()), ctx.req().getInputStream());
    } catch (RefusedException e) {
      where(ctx, upload); // so that the client can go on from there
      throw e;
    }
  }

  private static void progress(Context ctx, Upload upload, int status) {
    where(ctx, upload);
    ctx.status(status);
    ctx.res().setContentLengthLong(0);
  }

  private static void where(Context ctx, Upload upload) {
    ctx.header("Location", "/v2/" + upload.repository() + "/blobs/uploads/" + upload.id());
    ctx.header("Docker-Upload-UUID", upload.id());
    ctx.header("Range", "0-" + Math.max(0, upload.received() - 1));
  }

  private static void created(Context ctx, String repository, Digest digest) {
    ctx.header("Location", "/v2/" + repository + "/blobs/" + digest);
    ctx.header("Docker-Content-Digest", digest.toString());
    ctx.status(201);
    ctx.res().setContentLengthLong(0);
  }
}
