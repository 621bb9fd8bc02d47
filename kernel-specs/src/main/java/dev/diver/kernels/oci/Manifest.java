package dev.diver.kernels.oci;

import dev.diver.kernels.reference.Digest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An artifact: its config and its layers (OCI image specification, "image manifest").
 *
 * @param artifactType what the artifact is, as in {@link MediaTypes#KERNEL}
 * @param config what describes it
 * @param layers its content, in order
 * @param subject the manifest that this one says something about
 * @param annotations in the order of their keys
 */
public record Manifest(
    Optional<String> artifactType,
    Descriptor config,
    List<Descriptor> layers,
    Optional<Descriptor> subject,
    Map<String, String> annotations) {

  /** The largest manifest that Diver reads, in bytes, as registries have it. */
  public static final int MAX_SIZE = 4 << 20;

  private static final String TITLE = "manifest";

  public Manifest {
    layers = List.copyOf(layers);
    annotations = Collections.unmodifiableMap(new TreeMap<>(annotations));
  }

  /** The first layer of this media type. */
  public Optional<Descriptor> layer(String mediaType) {
    return layers.stream().filter(l -> l.mediaType().equals(mediaType)).findFirst();
  }

  /** Config and layers: all blobs that belong to this manifest. */
  public List<Descriptor> blobs() {
    List<Descriptor> blobs = new ArrayList<>(List.of(config));
    blobs.addAll(layers);
    return List.copyOf(blobs);
  }

  /** A descriptor of the manifest that has these bytes. */
  public static Descriptor describe(byte[] json) {
    return new Descriptor(
        MediaTypes.MANIFEST, Digest.of(json), json.length, Map.of(), read(json).artifactType());
  }

  /** Reads untrusted JSON; {@code INVALID} where it is not a manifest. */
  public static Manifest read(byte[] json) {
    var seen =
        new Object() {
          Optional<String> artifactType = Optional.empty();
          @Nullable Descriptor config;
          @Nullable List<Descriptor> layers;
          Optional<Descriptor> subject = Optional.empty();
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
            case "config" -> seen.config = OciJson.descriptor(in);
            case "layers" -> seen.layers = OciJson.descriptors(in);
            case "subject" -> seen.subject = Optional.of(OciJson.descriptor(in));
            case "annotations" -> seen.annotations = OciJson.texts(in);
            default -> in.skipChildren();
          }
        });
    if (seen.config == null) {
      throw OciJson.lacks(TITLE, "config");
    }
    if (seen.layers == null) {
      throw OciJson.lacks(TITLE, "layers");
    }
    return new Manifest(
        seen.artifactType, seen.config, seen.layers, seen.subject, seen.annotations);
  }

  /** This manifest as JSON; the same bytes for the same manifest. */
  public byte[] write() {
    return OciJson.write(
        out -> {
          out.writeStringProperty("mediaType", MediaTypes.MANIFEST);
          artifactType.ifPresent(type -> out.writeStringProperty("artifactType", type));
          out.writeName("config");
          OciJson.write(out, config);
          OciJson.write(out, "layers", layers);
          subject.ifPresent(
              s -> {
                out.writeName("subject");
                OciJson.write(out, s);
              });
          OciJson.write(out, "annotations", annotations);
        });
  }
}
