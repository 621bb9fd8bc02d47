package dev.diver.kernels.remote;

import dev.diver.kernels.oci.Descriptor;
import dev.diver.kernels.oci.Manifest;
import dev.diver.kernels.oci.MediaTypes;
import dev.diver.kernels.reference.KernelReference;
import dev.diver.kernels.store.Ingest;
import dev.diver.kernels.store.KernelStore;
import dev.diver.kernels.store.StoredKernel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** A small kernel package to send about. */
final class TestPackage {

  static final int IMAGE_SIZE = 3_000_000;

  private TestPackage() {}

  /** What an image of {@link #IMAGE_SIZE} bytes holds; always the same. */
  static byte[] image() {
    byte[] image = new byte[IMAGE_SIZE];
    new Random(1).nextBytes(image);
    return image;
  }

  static byte[] spec() {
    return """
    {"name":"tiny","version":"1.0","summary":"A kernel for tests","license":"Apache-2.0",
     "boot":{"protocol":"pvh","image":"tiny.elf"},"modes":{"full-vm":{}}}
    """
        .getBytes(StandardCharsets.UTF_8);
  }

  static Manifest manifest(Descriptor config, Descriptor... layers) {
    return new Manifest(
        Optional.of(MediaTypes.KERNEL), config, List.of(layers), Optional.empty(), Map.of());
  }

  /** Puts the package into a store. */
  static StoredKernel in(KernelStore store, String reference) {
    try (Ingest ingest = store.ingest()) {
      Descriptor config = ingest.add(MediaTypes.KERNEL_CONFIG, spec());
      Descriptor image = ingest.add(MediaTypes.KERNEL_IMAGE, image()).titled("tiny.elf");
      Descriptor sdk = ingest.add(MediaTypes.KERNEL_SDK, new byte[] {1, 2, 3}).titled("sdk");
      Descriptor manifest = ingest.add(MediaTypes.MANIFEST, manifest(config, image, sdk).write());
      return ingest.tag(KernelReference.parse(reference), manifest);
    }
  }
}
