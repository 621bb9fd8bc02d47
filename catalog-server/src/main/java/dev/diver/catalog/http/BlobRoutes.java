package dev.diver.catalog.http;

import dev.diver.catalog.storage.BlobStore;
import dev.diver.catalog.storage.Registry;
import io.javalin.http.Context;
import java.io.IOException;

/** {@code /v2/NAME/blobs/DIGEST}. */
final class BlobRoutes {

  private final Registry registry;
  private final BlobStore blobs;

  BlobRoutes(Registry registry, BlobStore blobs) {
    this.registry = registry;
    this.blobs = blobs;
  }

  void handle(Context ctx, Target.Blobs blob) throws IOException {
    switch (ctx.req().getMethod()) {
      case "GET", "HEAD" -> {
        long size = registry.blobSize(blob.repository(), blob.digest());
        ContentSender.send(
            ctx, blob.digest(), "application/octet-stream", size, () -> blobs.open(blob.digest()));
      }
      case "DELETE" -> {
        registry.deleteBlob(blob.repository(), blob.digest());
        ctx.status(202);
      }
      default -> throw Errors.unsupportedMethod();
    }
  }
}
