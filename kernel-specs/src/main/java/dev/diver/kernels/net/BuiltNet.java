package dev.diver.kernels.net;

import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.store.StoredKernel;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A net that is ready to boot, with the initial ramdisk, modules and disks that it names.
 *
 * @param net what it was built from
 * @param kernel its kernel
 * @param spec what the kernel's package says of it
 * @param image what boots: the net's own image, else the package's
 * @param app what the kernel takes as its app; none where it is linked into the image
 */
public record BuiltNet(
    Net net, StoredKernel kernel, KernelSpec spec, Path image, Optional<Path> app) {

  /** What is the net's own in it: the app, else the image with the app in it. */
  public Path made() {
    return app.orElse(image);
  }
}
