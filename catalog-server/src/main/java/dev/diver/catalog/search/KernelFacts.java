package dev.diver.catalog.search;

import dev.diver.catalog.storage.ErrorCode;
import dev.diver.catalog.storage.RefusedException;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What search knows of a kernel: some fields of its spec, without control characters and cut to
 * lengths that fit a list. Protocols and modes of later versions are fine here.
 *
 * @param version as the spec says
 * @param summary at most 300 characters
 * @param description at most 20,000 characters
 * @param tags at most 32 of at most 64 characters
 * @param modes as the tags
 */
record KernelFacts(
    String version,
    String summary,
    String description,
    List<String> tags,
    List<String> modes,
    String arch,
    String license) {

  private static final int MAX_WORD = 64;
  private static final int MAX_LINE = 300;
  private static final int MAX_TEXT = 20_000;
  private static final int MAX_WORDS = 32;
  private static final JsonMapper JSON = JsonMapper.shared();

  /** Reads a config blob; {@link ErrorCode#MANIFEST_INVALID} where it is no kernel spec. */
  static KernelFacts read(byte[] spec) {
    JsonNode root = parse(spec);
    return new KernelFacts(
        text(root, "version", MAX_LINE),
        text(root, "summary", MAX_LINE),
        text(root, "description", MAX_TEXT),
        words(root.path("tags").values().stream().map(tag -> tag.asString("")).toList()),
        words(root.path("modes").propertyNames()),
        text(root, "arch", MAX_WORD),
        text(root, "license", MAX_WORD));
  }

  private static JsonNode parse(byte[] spec) {
    try {
      JsonNode root = JSON.readTree(spec);
      if (root.isObject() && root.path("name").isString() && root.path("version").isString()) {
        return root;
      }
    } catch (JacksonException e) {
      throw new RefusedException(
          ErrorCode.MANIFEST_INVALID,
          "The config is not a kernel spec: it is not JSON (" + e.getOriginalMessage() + ").");
    }
    throw new RefusedException(
        ErrorCode.MANIFEST_INVALID, "The config is not a kernel spec: name or version is missing.");
  }

  private static List<String> words(Iterable<String> values) {
    return java.util.stream.StreamSupport.stream(values.spliterator(), false)
        .map(value -> clean(value, MAX_WORD))
        .filter(value -> !value.isBlank())
        .distinct()
        .limit(MAX_WORDS)
        .toList();
  }

  private static String text(JsonNode root, String name, int most) {
    return clean(root.path(name).asString(""), most);
  }

  private static String clean(String text, int most) {
    String printable = text.replaceAll("[\\p{Cc}\\p{Cf}\\p{Cs}&&[^\\n]]", " ");
    return printable.substring(0, Math.min(printable.length(), most));
  }
}
