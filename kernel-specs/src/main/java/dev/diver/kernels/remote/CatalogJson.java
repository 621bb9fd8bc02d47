package dev.diver.kernels.remote;

import dev.diver.kernels.reference.Digest;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads the answers of a catalog's API. Missing fields are empty; text loses its control
 * characters, since it is on its way to a terminal.
 */
final class CatalogJson {

  static final JsonMapper MAPPER = new JsonMapper();

  /** Answers of the API and manifests are no longer than this, in bytes (4 MiB). */
  static final int MAX_ANSWER = 4 << 20;

  private CatalogJson() {}

  static JsonNode parse(byte[] answer) {
    try {
      return MAPPER.readTree(answer);
    } catch (JacksonException e) {
      return MAPPER.missingNode();
    }
  }

  static SearchPage page(JsonNode node) {
    List<KernelSummary> kernels = new ArrayList<>();
    node.path("kernels").forEach(kernel -> kernels.add(summary(kernel)));
    return new SearchPage(
        node.path("total").asLong(kernels.size()),
        node.path("page").asInt(1),
        node.path("size").asInt(kernels.size()),
        List.copyOf(kernels));
  }

  static KernelSummary summary(JsonNode node) {
    return new KernelSummary(
        text(node, "name"),
        text(node, "version"),
        digest(node, "latest"),
        text(node, "summary"),
        texts(node, "tags"),
        texts(node, "modes"),
        text(node, "arch"),
        text(node, "boot"),
        text(node, "abi"),
        texts(node, "languages"),
        texts(node, "hypervisors"),
        text(node, "license"),
        node.path("pulls").asLong(0),
        instant(node, "updated"),
        node.path("size").asLong(0),
        texts(node, "versions"));
  }

  /** The releases; one without a well-formed digest is left out. */
  static List<KernelInfo.Release> releases(JsonNode node) {
    List<KernelInfo.Release> releases = new ArrayList<>();
    for (JsonNode release : node.path("releases")) {
      digest(release, "digest")
          .ifPresent(
              digest ->
                  releases.add(
                      new KernelInfo.Release(
                          text(release, "version"),
                          digest,
                          release.path("size").asLong(0),
                          instant(release, "published"),
                          release.path("yanked").asBoolean(false))));
    }
    return List.copyOf(releases);
  }

  static CatalogStatus status(JsonNode node) {
    return new CatalogStatus(
        text(node, "name"), text(node, "version"), node.path("kernels").asLong(0));
  }

  static String text(JsonNode node, String field) {
    return printable(node.path(field).asString(""));
  }

  /** Without control characters: no escape sequence of a server reaches a terminal. */
  static String printable(String text) {
    return text.replaceAll("\\s*\\p{Cc}+\\s*", " ").strip();
  }

  private static List<String> texts(JsonNode node, String field) {
    List<String> texts = new ArrayList<>();
    node.path(field).forEach(item -> texts.add(printable(item.asString(""))));
    return List.copyOf(texts);
  }

  private static Optional<Digest> digest(JsonNode node, String field) {
    String text = node.path(field).asString("");
    return text.matches("sha256:[0-9a-f]{64}") ? Optional.of(Digest.parse(text)) : Optional.empty();
  }

  private static Optional<Instant> instant(JsonNode node, String field) {
    try {
      return Optional.of(Instant.parse(node.path(field).asString("")));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }
}
