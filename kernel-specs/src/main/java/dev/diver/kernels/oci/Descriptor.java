package dev.diver.kernels.oci;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.diver.kernels.reference.Digest;
import java.util.Map;
import java.util.Optional;

/**
 * Points at content (OCI image specification, "descriptor").
 *
 * @param mediaType what the content is
 * @param digest of the content
 * @param size of the content, in bytes, not negative
 * @param annotations in the order of their keys
 * @param artifactType of the manifest that this points at, where it is one
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
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
}
