package dev.diver.catalog.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonRawValue;
import dev.diver.catalog.storage.ErrorCode;
import dev.diver.catalog.storage.RefusedException;
import dev.diver.catalog.storage.Repositories;
import dev.diver.catalog.storage.StoredManifest;
import dev.diver.kernels.oci.MediaTypes;
import io.javalin.http.Context;
import java.util.List;
import java.util.Optional;

/** {@code /v2/NAME/tags/list} and {@code /v2/NAME/referrers/DIGEST}. */
final class ListRoutes {

  private static final int MAX_TAGS = 10_000;

  private final Repositories repositories;

  ListRoutes(Repositories repositories) {
    this.repositories = repositories;
  }

  private record TagList(String name, List<String> tags) {}

  void tags(Context ctx, Target.Tags target) {
    Errors.requireRead(ctx);
    int limit = limit(ctx.queryParam("n"));
    String last = Optional.ofNullable(ctx.queryParam("last")).orElse("");
    List<String> found = repositories.tags(target.repository(), last, limit + 1);
    List<String> shown = found.subList(0, Math.min(limit, found.size()));
    if (shown.size() < found.size() && !shown.isEmpty()) {
      // Tags have no characters that a URL would escape.
      ctx.header(
          "Link",
          "</v2/%s/tags/list?n=%d&last=%s>; rel=\"next\""
              .formatted(target.repository(), limit, shown.getLast()));
    }
    Json.send(ctx, new TagList(target.repository(), shown));
  }

  private static int limit(@org.jspecify.annotations.Nullable String n) {
    if (n == null) {
      return MAX_TAGS;
    }
    if (!n.matches("[0-9]{1,9}")) {
      throw new RefusedException(ErrorCode.QUERY_INVALID, "n is a number of tags.");
    }
    return Math.min(MAX_TAGS, Integer.parseInt(n));
  }

  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  private record Referrer(
      String mediaType,
      String digest,
      long size,
      String artifactType,
      @JsonRawValue String annotations) {}

  private record Referrers(int schemaVersion, String mediaType, List<Referrer> manifests) {}

  void referrers(Context ctx, Target.Referrers target) {
    Errors.requireRead(ctx);
    Optional<String> type = Optional.ofNullable(ctx.queryParam("artifactType"));
    List<Referrer> found =
        repositories.referrers(target.repository(), target.digest()).stream()
            .filter(manifest -> type.isEmpty() || type.get().equals(manifest.artifactType()))
            .map(ListRoutes::referrer)
            .toList();
    if (type.isPresent()) {
      ctx.header("OCI-Filters-Applied", "artifactType");
    }
    Json.send(ctx, new Referrers(2, MediaTypes.INDEX, found), MediaTypes.INDEX);
  }

  private static Referrer referrer(StoredManifest manifest) {
    return new Referrer(
        manifest.mediaType(),
        manifest.digest().toString(),
        manifest.size(),
        manifest.artifactType(),
        manifest.annotations());
  }
}
