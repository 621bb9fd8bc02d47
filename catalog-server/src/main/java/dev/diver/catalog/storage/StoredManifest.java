package dev.diver.catalog.storage;

import dev.diver.kernels.oci.MediaTypes;
import dev.diver.kernels.reference.Digest;

/**
 * A manifest that a repository has.
 *
 * @param repository the repository's number, to count pulls by
 * @param artifactType empty where there is none
 * @param size bytes
 * @param annotations JSON object
 */
public record StoredManifest(
    long repository,
    Digest digest,
    String mediaType,
    String artifactType,
    long size,
    String annotations) {

  /** Whether this is a kernel package. */
  public boolean isKernel() {
    return artifactType.equals(MediaTypes.KERNEL);
  }
}
