package dev.diver.kernels.oci;

import dev.diver.kernels.reference.Digest;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Points at content (OCI image specification, "descriptor").
 *
 * @param mediaType what the content is
 * @param digest of the content
 * @param size of the content, in bytes, not negative
 * @param annotations in the order of their keys
 * @param artifactType of the manifest that this points at, where it is one
 */
public record Descriptor(
    String mediaType,
    Digest digest,
    long size,
    Map<String, String> annotations,
    Optional<String> artifactType) {

  /** The layer's file name. */
  public static final String TITLE = "org.opencontainers.image.title";

  /** The reference under which an index lists a manifest. */
  public static final String REF_NAME = "org.opencontainers.image.ref.name";

  public Descriptor {
    annotations = Collections.unmodifiableMap(new TreeMap<>(annotations));
  }

  /** A descriptor without annotations. */
  public static Descriptor of(String mediaType, Digest digest, long size) {
    return new Descriptor(mediaType, digest, size, Map.of(), Optional.empty());
  }

  /** The same content with these annotations. */
  public Descriptor withAnnotations(Map<String, String> others) {
    return new Descriptor(mediaType, digest, size, others, artifactType);
  }

  /** The same content with its file name. */
  public Descriptor titled(String title) {
    return withAnnotations(Map.of(TITLE, title));
  }
}
