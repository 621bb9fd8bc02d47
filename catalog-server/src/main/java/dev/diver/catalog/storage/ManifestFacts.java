package dev.diver.catalog.storage;

import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.oci.MediaTypes;
import dev.diver.kernels.reference.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a registry needs to know of a manifest. Media types that nobody here has heard of are fine;
 * what is there must have the form that the OCI image specification gives it.
 *
 * @param digest of the manifest's bytes
 * @param mediaType as it was pushed
 * @param artifactType the manifest's, else its config's media type (as the referrers API tells it)
 * @param subject what it refers to
 * @param size of the manifest itself, bytes
 * @param config the config blob
 * @param blobs config and layers that must be here
 * @param children the manifests of an index; they may come later or never
 * @param contentSize bytes of config and layers together
 * @param annotations JSON object
 * @param movingTags tags that a later push may move
 */
record ManifestFacts(
    Digest digest,
    String mediaType,
    Optional<String> artifactType,
    Optional<Digest> subject,
    long size,
    Optional<Digest> config,
    List<Content> blobs,
    List<Digest> children,
    long contentSize,
    String annotations,
    List<String> movingTags) {

  /** A blob that a manifest points at. */
  record Content(Digest digest, long size) {}

  private static final String MOVING_TAGS = "dev.diver.kernel.moving-tags";
  private static final Set<String> WITH_CONFIG =
      Set.of(MediaTypes.MANIFEST, "application/vnd.docker.distribution.manifest.v2+json");
  private static final JsonMapper JSON = JsonMapper.shared();

  /** Whether this is a kernel package. */
  boolean isKernel() {
    return artifactType.filter(MediaTypes.KERNEL::equals).isPresent();
  }

  /** Reads a manifest or an index; {@link ErrorCode#MANIFEST_INVALID} where it is neither. */
  static ManifestFacts read(byte[] content, String mediaType) {
    JsonNode root = parse(content);
    String named = text(root, "mediaType").orElse(mediaType);
    require(named.equals(mediaType), "its mediaType " + named + " is not that of the request");
    Optional<JsonNode> config = member(root, "config");
    require(config.isPresent() || !WITH_CONFIG.contains(mediaType), "it has no config descriptor");
    List<Content> blobs = new ArrayList<>();
    config.ifPresent(descriptor -> blobs.add(content(descriptor)));
    for (JsonNode layer : elements(root, "layers")) {
      if (!mayBeElsewhere(layer)) {
        blobs.add(content(layer));
      }
    }
    return new ManifestFacts(
        Digest.of(content),
        mediaType,
        text(root, "artifactType").or(() -> config.flatMap(c -> text(c, "mediaType"))),
        member(root, "subject").map(subject -> content(subject).digest()),
        content.length,
        config.map(descriptor -> content(descriptor).digest()),
        List.copyOf(blobs),
        elements(root, "manifests").stream().map(child -> content(child).digest()).toList(),
        blobs.stream().mapToLong(Content::size).sum(),
        member(root, "annotations").map(JsonNode::toString).orElse("{}"),
        movingTags(root));
  }

  private static JsonNode parse(byte[] content) {
    try {
      JsonNode root = JSON.readTree(content);
      require(root.isObject(), "it is not a JSON object");
      return root;
    } catch (JacksonException e) {
      throw invalid("it is not JSON (" + e.getOriginalMessage() + ")");
    }
  }

  private static List<String> movingTags(JsonNode root) {
    return member(root, "annotations")
        .flatMap(annotations -> text(annotations, MOVING_TAGS))
        .map(tags -> List.of(tags.split(",", -1)))
        .orElse(List.of());
  }

  /** Layers that the image specification lets stay away: they name where else to get them. */
  private static boolean mayBeElsewhere(JsonNode layer) {
    String type = text(layer, "mediaType").orElse("");
    return type.contains(".nondistributable.") || type.contains(".foreign.");
  }

  private static Content content(JsonNode descriptor) {
    require(descriptor.isObject(), "a descriptor in it is not an object");
    String digest = text(descriptor, "digest").orElseThrow(() -> invalid("a digest is missing"));
    JsonNode size = descriptor.path("size");
    require(
        size.isIntegralNumber() && size.canConvertToLong() && size.longValue() >= 0,
        "the descriptor of " + digest + " has no size");
    try {
      return new Content(Digest.parse(digest), size.longValue());
    } catch (DiverException e) {
      throw invalid(e.failure().what());
    }
  }

  private static Optional<JsonNode> member(JsonNode object, String name) {
    JsonNode value = object.path(name);
    if (value.isMissingNode() || value.isNull()) {
      return Optional.empty();
    }
    require(value.isObject(), name + " is not an object");
    return Optional.of(value);
  }

  private static List<JsonNode> elements(JsonNode object, String name) {
    JsonNode value = object.path(name);
    if (value.isMissingNode() || value.isNull()) {
      return List.of();
    }
    require(value.isArray(), name + " is not a list");
    return List.copyOf(value.values());
  }

  private static Optional<String> text(JsonNode object, String name) {
    JsonNode value = object.path(name);
    if (value.isMissingNode() || value.isNull()) {
      return Optional.empty();
    }
    require(value.isString(), name + " is not a string");
    return Optional.of(value.stringValue()).filter(text -> !text.isEmpty());
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw invalid(otherwise);
    }
  }

  private static RefusedException invalid(String why) {
    return new RefusedException(
        ErrorCode.MANIFEST_INVALID, "This manifest is not valid: " + why + ".");
  }
}
