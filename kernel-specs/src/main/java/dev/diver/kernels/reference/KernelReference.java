package dev.diver.kernels.reference;

import dev.diver.kernels.failure.Failure;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of a kernel package: {@code [registry/][namespace/]name[:tag|@sha256:…]}.
 *
 * <p>The grammar is that of OCI distribution, section "Pulling manifests"; the first component is a
 * registry if it contains a dot or a colon or is {@code localhost}, as docker decides it.
 *
 * @param registry {@code host[:port]}; empty means the user's catalog
 * @param name namespace and name, joined by slashes
 * @param tag a version or configuration; empty where a digest is given or nothing was said
 * @param digest the exact package; excludes a tag
 */
public record KernelReference(
    Optional<String> registry, String name, Optional<String> tag, Optional<Digest> digest) {

  /** The tag that a reference without tag and digest means. */
  public static final String DEFAULT_TAG = "latest";

  private static final String COMPONENT = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
  private static final Pattern NAME = Pattern.compile(COMPONENT + "(?:/" + COMPONENT + ")*");
  private static final Pattern REGISTRY =
      Pattern.compile(
          "(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\\[[0-9A-Fa-f:.]{2,45}])"
              + "(?::[0-9]{1,5})?");
  private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,127}");
  private static final Pattern SHAPE =
      Pattern.compile("(?<path>[^@]+?)(?::(?<tag>[^:/@]+))?(?:@(?<digest>.+))?");
  private static final int MAX_NAME_LENGTH = 255;

  public KernelReference {
    if (!isName(name)
        || tag.filter(t -> !isTag(t)).isPresent()
        || registry.filter(r -> !REGISTRY.matcher(r).matches()).isPresent()) {
      throw malformed(
          registry.map(r -> r + "/").orElse("") + name + tag.map(t -> ":" + t).orElse(""));
    }
    if (digest.isPresent()) {
      tag = Optional.empty();
    }
  }

  /** Reads a reference as a user types it; {@link Failure.Kind#INVALID} where it is none. */
  public static KernelReference parse(String text) {
    Matcher shape = SHAPE.matcher(text);
    if (!shape.matches()) {
      throw malformed(text);
    }
    String path = shape.group("path");
    int slash = path.indexOf('/');
    Optional<String> registry =
        Optional.of(path.substring(0, Math.max(slash, 0))).filter(KernelReference::isRegistry);
    String name = registry.isPresent() ? path.substring(slash + 1) : path;
    if (!isName(name)) {
      throw malformed(text);
    }
    return new KernelReference(
        registry,
        name,
        Optional.ofNullable(shape.group("tag")),
        Optional.ofNullable(shape.group("digest")).map(Digest::parse));
  }

  /** Whether this is a repository name (lower case, at most 255 characters). */
  public static boolean isName(String text) {
    return text.length() <= MAX_NAME_LENGTH && NAME.matcher(text).matches();
  }

  /** Whether this is a tag (at most 128 characters). */
  public static boolean isTag(String text) {
    return TAG.matcher(text).matches();
  }

  /** What follows {@code /v2/NAME/manifests/}: the digest, else the tag, else {@code latest}. */
  public String tagOrDigest() {
    return digest.map(Digest::toString).orElseGet(() -> tag.orElse(DEFAULT_TAG));
  }

  /** The same package, named by its content. */
  public KernelReference withDigest(Digest exact) {
    return new KernelReference(registry, name, Optional.empty(), Optional.of(exact));
  }

  /** The same name under another tag. */
  public KernelReference withTag(String other) {
    return new KernelReference(registry, name, Optional.of(other), Optional.empty());
  }

  /** The canonical form: the tag is always written. */
  @Override
  public String toString() {
    String path = registry.map(r -> r + "/").orElse("") + name;
    return path + (digest.isPresent() ? "@" : ":") + tagOrDigest();
  }

  private static boolean isRegistry(String component) {
    return component.contains(".") || component.contains(":") || component.equals("localhost");
  }

  private static RuntimeException malformed(String text) {
    return new Failure(
            Failure.Kind.INVALID,
            "\"" + text + "\" is not a kernel reference.",
            "Write it as [registry/][namespace/]name[:tag|@sha256:…], in lower case, as in"
                + " remora:0.1.0.")
        .exception();
  }
}
