package dev.diver.catalog.http;

import dev.diver.catalog.search.FoundKernel;
import dev.diver.catalog.search.KernelDetails;
import dev.diver.catalog.search.KernelQuery;
import dev.diver.catalog.search.KernelQuery.Sort;
import dev.diver.catalog.search.KernelSearch;
import dev.diver.catalog.search.Release;
import dev.diver.catalog.storage.ErrorCode;
import dev.diver.catalog.storage.RefusedException;
import dev.diver.catalog.storage.Registry;
import dev.diver.kernels.reference.KernelReference;
import io.javalin.http.Context;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code /api/v1/…}: search, what is known of one kernel, yanking. */
final class SearchRoutes {

  private static final int MAX_TEXT = 256;
  private static final int MAX_SIZE = 100;
  private static final int MAX_DEPTH = 10_000;
  private static final Pattern YANK = Pattern.compile("/api/v1/kernels/(.+)/releases/([^/]+)/yank");
  private static final String KERNELS = "/api/v1/kernels/";

  private final KernelSearch search;
  private final Registry registry;
  private final String version;

  SearchRoutes(KernelSearch search, Registry registry, String version) {
    this.search = search;
    this.registry = registry;
    this.version = version;
  }

  private record Status(String name, String version, long kernels) {}

  void status(Context ctx) {
    Json.send(ctx, new Status("diver-catalog", version, search.count()));
  }

  void search(Context ctx) {
    Json.send(ctx, search.search(query(ctx)));
  }

  private static KernelQuery query(Context ctx) {
    String text = parameter(ctx, "q").orElse("");
    require(text.length() <= MAX_TEXT, "q has at most 256 characters.");
    int size = number(ctx, "size", 20);
    int page = number(ctx, "page", 1);
    require(size >= 1 && size <= MAX_SIZE, "size is 1 to 100.");
    require(
        page >= 1 && (long) page * size <= MAX_DEPTH,
        "page begins at 1, and search shows the first 10,000 kernels only.");
    List<String> tags = ctx.queryParams("tag").stream().filter(tag -> !tag.isBlank()).toList();
    require(tags.size() <= 8, "At most eight tags.");
    return new KernelQuery(
        text,
        tags,
        parameter(ctx, "mode"),
        parameter(ctx, "arch"),
        sort(parameter(ctx, "sort").orElse("relevance")),
        page,
        size);
  }

  private static Sort sort(String name) {
    for (Sort sort : Sort.values()) {
      if (sort.name().toLowerCase(Locale.ROOT).equals(name)) {
        return sort;
      }
    }
    throw new RefusedException(
        ErrorCode.QUERY_INVALID, "sort is relevance, name, updated or pulls.");
  }

  private static Optional<String> parameter(Context ctx, String name) {
    return Optional.ofNullable(ctx.queryParam(name)).filter(value -> !value.isBlank());
  }

  private static int number(Context ctx, String name, int otherwise) {
    Optional<String> value = parameter(ctx, name);
    require(value.isEmpty() || value.get().matches("[0-9]{1,6}"), name + " is a number.");
    return value.map(Integer::parseInt).orElse(otherwise);
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new RefusedException(ErrorCode.QUERY_INVALID, otherwise);
    }
  }

  void kernel(Context ctx) {
    String name = Target.repository(ctx.path().substring(KERNELS.length()));
    KernelDetails details =
        search
            .details(name)
            .orElseThrow(
                () ->
                    new RefusedException(
                        ErrorCode.NAME_UNKNOWN, "There is no kernel " + name + "."));
    FoundKernel kernel = details.kernel();
    ObjectNode answer = (ObjectNode) Json.MAPPER.readTree(Json.MAPPER.writeValueAsBytes(kernel));
    answer.set("spec", Json.MAPPER.readTree(details.spec()));
    ArrayNode releases = answer.putArray("releases");
    details.releases().forEach(release -> describe(releases.addObject(), release));
    Json.send(ctx, answer);
  }

  private static void describe(ObjectNode node, Release release) {
    node.put("version", release.tag())
        .put("digest", release.digest().toString())
        .put("size", release.size())
        .put("published", release.published().toString())
        .put("yanked", release.yanked());
  }

  void yank(Context ctx) {
    Matcher path = YANK.matcher(ctx.path());
    if (!path.matches()) {
      throw new RefusedException(ErrorCode.NOT_FOUND, "There is nothing at this path.");
    }
    String name = Target.repository(path.group(1));
    if (!KernelReference.isTag(path.group(2))) {
      throw new RefusedException(ErrorCode.MANIFEST_UNKNOWN, "This is not a tag.");
    }
    registry.yank(name, path.group(2), ctx.req().getMethod().equals("PUT"));
    ctx.status(204);
  }
}
