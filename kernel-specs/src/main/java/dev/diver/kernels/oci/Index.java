package dev.diver.kernels.oci;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A list of manifests (OCI image specification, "image index").
 *
 * @param artifactType what the manifests are together
 * @param manifests the list
 * @param annotations in the order of their keys
 */
public record Index(
    Optional<String> artifactType, List<Descriptor> manifests, Map<String, String> annotations) {

  /** An index that lists nothing. */
  public static final Index EMPTY = new Index(Optional.empty(), List.of(), Map.of());

  /** The largest index that Diver reads, in bytes: some ten thousand entries. */
  public static final int MAX_SIZE = 16 << 20;

  private static final String TITLE = "index";

  public Index {
    manifests = List.copyOf(manifests);
    annotations = Collections.unmodifiableMap(new TreeMap<>(annotations));
  }

  /** Reads untrusted JSON; {@code INVALID} where it is not an index. */
  public static Index read(byte[] json) {
    var seen =
        new Object() {
          Optional<String> artifactType = Optional.empty();
          @Nullable List<Descriptor> manifests;
          Map<String, String> annotations = Map.of();
        };
    OciJson.read(
        json,
        TITLE,
        MAX_SIZE,
        (key, in) -> {
          switch (key) {
            case "schemaVersion" -> OciJson.schemaVersion(in);
            case "artifactType" -> seen.artifactType = Optional.of(OciJson.text(in));
            case "manifests" -> seen.manifests = OciJson.descriptors(in);
            case "annotations" -> seen.annotations = OciJson.texts(in);
            default -> in.skipChildren();
          }
        });
    if (seen.manifests == null) {
      throw OciJson.lacks(TITLE, "manifests");
    }
    return new Index(seen.artifactType, seen.manifests, seen.annotations);
  }

  /** This index as JSON; the same bytes for the same index. */
  public byte[] write() {
    return OciJson.write(
        out -> {
          out.writeStringProperty("mediaType", MediaTypes.INDEX);
          artifactType.ifPresent(type -> out.writeStringProperty("artifactType", type));
          OciJson.write(out, "manifests", manifests);
          OciJson.write(out, "annotations", annotations);
        });
  }
}
