package dev.diver.kernels.store;

import dev.diver.kernels.oci.Descriptor;
import dev.diver.kernels.reference.Digest;
import dev.diver.kernels.reference.KernelReference;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Optional;

/**
 * A kernel package in the local store, as index.json lists it.
 *
 * @param reference the name it was pulled or packaged under
 * @param manifest its manifest, with the annotations below
 */
public record StoredKernel(KernelReference reference, Descriptor manifest) {

  private static final String NAME = "dev.diver.kernel.name";
  private static final String VERSION = "dev.diver.kernel.version";
  private static final String SUMMARY = "dev.diver.kernel.summary";
  private static final String SIZE = "dev.diver.kernel.size";
  private static final String PULLED = "dev.diver.kernel.pulled";

  /** What this entry of an index lists; empty where another tool made it. */
  static Optional<StoredKernel> of(Descriptor manifest) {
    String reference = manifest.annotations().get(Descriptor.REF_NAME);
    return reference != null && manifest.annotations().containsKey(NAME)
        ? Optional.of(new StoredKernel(KernelReference.parse(reference), manifest))
        : Optional.empty();
  }

  /** The annotations that {@link #name} and the others read. */
  static Map<String, String> annotations(
      KernelReference reference,
      String name,
      String version,
      String summary,
      long size,
      Instant pulled) {
    return Map.of(
        Descriptor.REF_NAME,
        reference.toString(),
        NAME,
        name,
        VERSION,
        version,
        SUMMARY,
        summary,
        SIZE,
        Long.toString(size),
        PULLED,
        pulled.toString());
  }

  public Digest digest() {
    return manifest.digest();
  }

  /** The kernel's own name, which may differ from the reference's. */
  public String name() {
    return annotation(NAME);
  }

  public String version() {
    return annotation(VERSION);
  }

  public String summary() {
    return annotation(SUMMARY);
  }

  /** Of manifest, config and layers together, in bytes; 0 where it is not known. */
  public long size() {
    try {
      return Long.parseLong(annotation(SIZE));
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  /** When it was pulled or packaged; the epoch where it is not known. */
  public Instant pulled() {
    try {
      return Instant.parse(annotation(PULLED));
    } catch (DateTimeParseException e) {
      return Instant.EPOCH;
    }
  }

  private String annotation(String key) {
    return manifest.annotations().getOrDefault(key, "");
  }
}
