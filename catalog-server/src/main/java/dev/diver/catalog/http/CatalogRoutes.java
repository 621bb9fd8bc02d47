package dev.diver.catalog.http;

import dev.diver.catalog.access.Access;
import dev.diver.catalog.access.Access.Wish;
import dev.diver.catalog.search.KernelSearch;
import dev.diver.catalog.storage.BlobStore;
import dev.diver.catalog.storage.ErrorCode;
import dev.diver.catalog.storage.PullCounts;
import dev.diver.catalog.storage.RefusedException;
import dev.diver.catalog.storage.Registry;
import dev.diver.catalog.storage.Repositories;
import dev.diver.catalog.storage.Uploads;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HttpResponseException;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/** Every path of the catalog, and the gate before all of them. */
public final class CatalogRoutes {

  private final Access access;
  private final ManifestRoutes manifests;
  private final BlobRoutes blobs;
  private final UploadRoutes uploads;
  private final ListRoutes lists;
  private final SearchRoutes search;

  /** What the routes stand on. */
  public record Parts(
      Registry registry,
      Repositories repositories,
      BlobStore blobs,
      Uploads uploads,
      PullCounts pulls,
      KernelSearch search,
      Access access,
      String version) {}

  public CatalogRoutes(Parts parts) {
    access = parts.access();
    manifests =
        new ManifestRoutes(parts.registry(), parts.repositories(), parts.blobs(), parts.pulls());
    blobs = new BlobRoutes(parts.registry(), parts.blobs());
    uploads = new UploadRoutes(parts.registry(), parts.uploads());
    lists = new ListRoutes(parts.repositories());
    search = new SearchRoutes(parts.search(), parts.registry(), parts.version());
  }

  /** Declares the paths. */
  public void declare(RoutesConfig routes) {
    routes.before(this::admit);
    routes.get("/", Greeting::send);
    for (String path : new String[] {"/v2", "/v2/<path>"}) {
      Handler handler = this::distribution;
      routes.get(path, handler).head(path, handler).post(path, handler);
      routes.put(path, handler).patch(path, handler).delete(path, handler);
    }
    routes.get("/api/v1/status", search::status);
    routes.get("/api/v1/kernels", search::search);
    routes.get("/api/v1/kernels/<name>", search::kernel);
    routes.put("/api/v1/kernels/<name>", search::yank);
    routes.delete("/api/v1/kernels/<name>", search::yank);
    routes.exception(RefusedException.class, Errors::refused);
    routes.exception(HttpResponseException.class, CatalogRoutes::notRouted);
    routes.exception(Exception.class, Errors::failed);
  }

  /** Javalin's own refusals: no such path, wrong method, malformed request. */
  private static void notRouted(HttpResponseException e, Context ctx) {
    ErrorCode code =
        switch (e.getStatus()) {
          case 404 -> ErrorCode.NOT_FOUND;
          case 405 -> ErrorCode.UNSUPPORTED;
          default -> ErrorCode.QUERY_INVALID;
        };
    Errors.tell(ctx, code, "The catalog cannot serve this request: " + e.getMessage() + ".");
  }

  private void admit(Context ctx) {
    boolean read = Errors.isRead(ctx);
    ctx.header("X-Content-Type-Options", "nosniff");
    if (ctx.path().startsWith("/v2")) {
      ctx.header("Docker-Distribution-API-Version", "registry/2.0");
    }
    if (!read && ctx.header("Origin") != null) {
      throw new RefusedException(
          ErrorCode.DENIED, "The catalog takes no writes from pages in a browser.");
    }
    boolean login = ctx.path().equals("/v2/") || ctx.path().equals("/v2");
    Wish wish = login ? Wish.LOG_IN : read ? Wish.READ : Wish.WRITE;
    if (!access.allows(wish, Optional.ofNullable(ctx.header("Authorization")))) {
      ctx.header("WWW-Authenticate", "Basic realm=\"diver-catalog\", charset=\"UTF-8\"");
      throw new RefusedException(
          ErrorCode.UNAUTHORIZED, "This needs a user and a password; use diver login.");
    }
  }

  private void distribution(Context ctx) throws IOException {
    switch (Target.parse(ctx.path())) {
      case Target.Base base -> {
        Errors.requireRead(ctx);
        Json.send(ctx, Map.of());
      }
      case Target.Manifests target -> manifests.handle(ctx, target);
      case Target.Blobs target -> blobs.handle(ctx, target);
      case Target.Uploads target -> uploads.handle(ctx, target);
      case Target.UploadUnderWay target -> uploads.handle(ctx, target);
      case Target.Tags target -> lists.tags(ctx, target);
      case Target.Referrers target -> lists.referrers(ctx, target);
    }
  }
}
