package dev.diver.kernels.pack;

import dev.diver.kernels.failure.IoFailure;
import dev.diver.kernels.oci.Descriptor;
import dev.diver.kernels.oci.Manifest;
import dev.diver.kernels.oci.MediaTypes;
import dev.diver.kernels.reference.KernelReference;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.KernelSpecJson;
import dev.diver.kernels.spec.KernelSpecToml;
import dev.diver.kernels.store.Ingest;
import dev.diver.kernels.store.KernelStore;
import dev.diver.kernels.store.StoredKernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Makes a package of a kernel's folder. The same files give the same digest on any machine: names
 * are sorted, times and owners left out, permissions are 0644 or, where the owner may execute,
 * 0755.
 */
public final class Packer {

  /** The file that makes a folder a kernel's; the SDK layer has a copy of it. */
  public static final String KERNEL_TOML = "kernel.toml";

  private static final String OCI = "org.opencontainers.image.";

  /** Tags of this name that a later publication may move, separated by commas. */
  public static final String MOVING_TAGS = "dev.diver.kernel.moving-tags";

  private Packer() {}

  /**
   * Packs the kernel of this kernel.toml and lists it in the store as {@code name:version}.
   *
   * @throws dev.diver.kernels.failure.DiverException NOT_FOUND where the image or a script is not
   *     there; INVALID where a file of the SDK is not or is outside of the folder, or where the
   *     image does not boot by the protocol that kernel.toml names
   */
  public static StoredKernel pack(Path kernelToml, KernelStore store) {
    KernelSpec spec = KernelSpecToml.read(kernelToml);
    try (Ingest ingest = store.ingest()) {
      KernelFolder folder = KernelFolder.of(kernelToml);
      List<Descriptor> layers = layers(folder, spec, ingest);
      Descriptor config = ingest.add(MediaTypes.KERNEL_CONFIG, KernelSpecJson.write(spec));
      byte[] manifest =
          new Manifest(
                  Optional.of(MediaTypes.KERNEL),
                  config,
                  layers,
                  Optional.empty(),
                  annotations(spec))
              .write();
      ingest.add(MediaTypes.MANIFEST, manifest);
      KernelReference reference =
          new KernelReference(
              Optional.empty(), spec.name(), Optional.of(spec.version()), Optional.empty());
      return ingest.tag(reference, Manifest.describe(manifest));
    } catch (IOException e) {
      throw IoFailure.of("read", kernelToml, e);
    }
  }

  /** In the order in which all packages have them. */
  private static List<Descriptor> layers(KernelFolder folder, KernelSpec spec, Ingest ingest)
      throws IOException {
    List<Descriptor> layers = new ArrayList<>();
    Path image = folder.image(spec);
    ImageCheck.require(image, spec, folder.kernelToml());
    layers.add(file(MediaTypes.KERNEL_IMAGE, image, ingest));
    if (spec.gpos().isPresent()) {
      layers.add(file(MediaTypes.KERNEL_INITRD, folder.modules(spec, spec.gpos().get()), ingest));
    }
    for (Map.Entry<String, Path> part : folder.parts(spec).entrySet()) {
      layers.add(
          ingest
              .add(MediaTypes.KERNEL_PART, out -> Files.copy(part.getValue(), out))
              .titled(part.getKey()));
    }
    layers.add(layer(folder.sdk(spec), MediaTypes.KERNEL_SDK, "sdk.tar.zst", ingest));
    SortedMap<String, Path> scripts = folder.scripts(spec);
    if (!scripts.isEmpty()) {
      layers.add(layer(scripts, MediaTypes.KERNEL_SCRIPTS, "scripts.tar.zst", ingest));
    }
    SortedMap<String, Path> source = folder.source(spec);
    if (!source.isEmpty()) {
      layers.add(layer(source, MediaTypes.KERNEL_SOURCE, "source.tar.zst", ingest));
    }
    return layers;
  }

  private static Descriptor file(String mediaType, Path file, Ingest ingest) {
    return ingest
        .add(mediaType, out -> Files.copy(file, out))
        .titled(String.valueOf(file.getFileName()));
  }

  private static Descriptor layer(
      SortedMap<String, Path> files, String mediaType, String title, Ingest ingest) {
    return ingest.add(mediaType, out -> Archive.write(files, out)).titled(title);
  }

  private static Map<String, String> annotations(KernelSpec spec) {
    Map<String, String> annotations = new TreeMap<>();
    annotations.put(OCI + "title", spec.name());
    annotations.put(OCI + "version", spec.version());
    annotations.put(OCI + "description", spec.summary());
    if (!spec.license().isEmpty()) {
      annotations.put(OCI + "licenses", spec.license());
    }
    spec.homepage().ifPresent(homepage -> annotations.put(OCI + "url", homepage));
    if (!spec.movingTags().isEmpty()) {
      annotations.put(MOVING_TAGS, String.join(",", spec.movingTags()));
    }
    spec.provenance().base().ifPresent(base -> addBase(base, annotations));
    return annotations;
  }

  /** Where it comes from (OCI image specification, "annotations"). */
  private static void addBase(String base, Map<String, String> annotations) {
    int digest = base.lastIndexOf('@');
    annotations.put(OCI + "base.name", base.substring(0, digest));
    annotations.put(OCI + "base.digest", base.substring(digest + 1));
  }
}
