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
import dev.diver.kernels.remote.SearchFilter;
import io.javalin.http.Context;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code /api/v1/…}: search, what is known of one kernel, yanking.
 *
 * <p>{@code GET /api/v1/kernels} takes {@code q} (words), {@code sort} ({@code relevance}, {@code
 * name}, {@code updated}, {@code pulls}), {@code page} (from 1), {@code size} (1 to 100), and what
 * the results are narrowed to; each may be repeated or hold several values with commas, and a
 * kernel needs all of them:
 *
 * <ul>
 *   <li>{@code tag}, {@code arch} ({@code x86_64}), {@code mode} ({@code full-vm}, {@code
 *       partitioned-vm}, {@code partitioned-hardware}, {@code emulated});
 *   <li>{@code boot}: protocol, {@code pvh}, {@code linux}, {@code multiboot1}, {@code multiboot2},
 *       {@code disk}, {@code iso}, {@code efi};
 *   <li>{@code handles}: system calls that the kernel handles itself, as in {@code futex,mmap};
 *   <li>{@code abi}: {@code linux}, {@code linux-source}, {@code none};
 *   <li>{@code language}: that apps are written in; {@code hypervisor}: that it runs on, as in
 *       {@code qemu-microvm}.
 * </ul>
 *
 * <p>A value that neither Diver nor any kernel here knows is refused (400, QUERY_INVALID); {@code
 * detail} then says which there are.
 */
final class SearchRoutes {

  private static final int MAX_TEXT = 256;
  private static final int MAX_VALUES = 8;
  private static final int MAX_CALLS = 64;
  private static final int MAX_WORD = 64;
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
    return new KernelQuery(
        text, filters(ctx), sort(parameter(ctx, "sort").orElse("relevance")), page, size);
  }

  private static Map<SearchFilter, List<String>> filters(Context ctx) {
    Map<SearchFilter, List<String>> filters = new EnumMap<>(SearchFilter.class);
    for (SearchFilter filter : SearchFilter.values()) {
      List<String> values =
          ctx.queryParams(filter.parameter()).stream()
              .flatMap(value -> Arrays.stream(value.split(",", -1)))
              .map(String::strip)
              .filter(value -> !value.isEmpty())
              .distinct()
              .toList();
      int most = filter == SearchFilter.HANDLES ? MAX_CALLS : MAX_VALUES;
      require(values.size() <= most, "At most " + most + " of " + filter.parameter() + ".");
      require(
          values.stream().allMatch(value -> value.length() <= MAX_WORD),
          filter.parameter() + " has at most " + MAX_WORD + " characters.");
      if (!values.isEmpty()) {
        filters.put(filter, values);
      }
    }
    return filters;
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
