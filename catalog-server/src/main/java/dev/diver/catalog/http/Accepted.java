package dev.diver.catalog.http;

import io.javalin.http.Context;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/** Which media types a client takes. Clients send one Accept line for each, or one list. */
final class Accepted {

  private Accepted() {}

  /** Whether the request takes this type; without Accept it takes all. */
  static boolean takes(Context ctx, String mediaType) {
    List<String> lines = Collections.list(ctx.req().getHeaders("Accept"));
    return lines.isEmpty()
        || lines.stream()
            .flatMap(line -> List.of(line.split(",", -1)).stream())
            .map(range -> range.split(";", -1)[0].strip().toLowerCase(Locale.ROOT))
            .anyMatch(range -> covers(range, mediaType.toLowerCase(Locale.ROOT)));
  }

  private static boolean covers(String range, String mediaType) {
    return range.equals("*/*")
        || range.equals(mediaType)
        || (range.endsWith("/*") && mediaType.startsWith(range.substring(0, range.length() - 1)));
  }
}
