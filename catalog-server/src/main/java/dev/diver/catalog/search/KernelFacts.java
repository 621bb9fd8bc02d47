package dev.diver.catalog.search;

import dev.diver.catalog.storage.ErrorCode;
import dev.diver.catalog.storage.RefusedException;
import dev.diver.kernels.remote.SearchFilter;
import dev.diver.kernels.spec.ModeName;
import java.util.ArrayList;
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
 * @param boot the boot protocol
 * @param abi what apps it runs
 * @param languages as the tags
 * @param hypervisors as the tags: those that it names, and the one that has its machine
 * @param handled system calls, at most 1024
 */
record KernelFacts(
    String version,
    String summary,
    String description,
    List<String> tags,
    List<String> modes,
    String arch,
    String boot,
    String abi,
    List<String> languages,
    List<String> hypervisors,
    List<String> handled,
    String license) {

  private static final int MAX_WORD = 64;
  private static final int MAX_LINE = 300;
  private static final int MAX_TEXT = 20_000;
  private static final int MAX_WORDS = 32;
  private static final int MAX_CALLS = 1024;
  private static final JsonMapper JSON = JsonMapper.shared();

  /** Reads a config blob; {@link ErrorCode#MANIFEST_INVALID} where it is no kernel spec. */
  static KernelFacts read(byte[] spec) {
    JsonNode root = parse(spec);
    return new KernelFacts(
        text(root, "version", MAX_LINE),
        text(root, "summary", MAX_LINE),
        text(root, "description", MAX_TEXT),
        words(texts(root.path("tags")), MAX_WORDS),
        words(root.path("modes").propertyNames(), MAX_WORDS),
        text(root, "arch", MAX_WORD),
        text(root.path("boot"), "protocol", MAX_WORD),
        text(root, "abi", MAX_WORD),
        words(texts(root.path("languages")), MAX_WORDS),
        words(hypervisors(root.path("modes").path(ModeName.FULL_VM)), MAX_WORDS),
        words(texts(root.path("syscalls").path("handled")), MAX_CALLS),
        text(root, "license", MAX_WORD));
  }

  /** What can be filtered by. */
  List<String> values(SearchFilter filter) {
    return switch (filter) {
      case TAG -> tags;
      case MODE -> modes;
      case ARCH -> one(arch);
      case BOOT -> one(boot);
      case HANDLES -> handled;
      case ABI -> one(abi);
      case LANGUAGE -> languages;
      case HYPERVISOR -> hypervisors;
    };
  }

  private static List<String> one(String value) {
    return value.isEmpty() ? List.of() : List.of(value);
  }

  /** A kernel always runs on the QEMU that has the machine its spec names. */
  private static List<String> hypervisors(JsonNode fullVm) {
    List<String> hypervisors = new ArrayList<>(texts(fullVm.path("hypervisors")));
    String machine = fullVm.path("machine").asString("").split(",", -1)[0];
    if (!machine.isEmpty()) {
      hypervisors.add("qemu-" + machine);
    }
    return hypervisors;
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

  private static List<String> texts(JsonNode list) {
    return list.values().stream().map(value -> value.asString("")).toList();
  }

  private static List<String> words(Iterable<String> values, int most) {
    return java.util.stream.StreamSupport.stream(values.spliterator(), false)
        .map(value -> clean(value, MAX_WORD))
        .filter(value -> !value.isBlank())
        .distinct()
        .limit(most)
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
