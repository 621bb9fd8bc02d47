package dev.diver.kernels.oci;

/** The media types that Diver reads and writes. */
public final class MediaTypes {
  /** OCI image specification, manifest. */
  public static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";

  /** OCI image specification, index. */
  public static final String INDEX = "application/vnd.oci.image.index.v1+json";

  /** {@code artifactType} of a kernel package. */
  public static final String KERNEL = "application/vnd.diver.kernel.v1";

  /** The kernel spec as JSON: the config of a kernel package. */
  public static final String KERNEL_CONFIG = "application/vnd.diver.kernel.config.v1+json";

  /** What boots. */
  public static final String KERNEL_IMAGE = "application/vnd.diver.kernel.image.v1";

  /** Drivers of a general-purpose OS, as an initial ramdisk (cpio, newc). */
  public static final String KERNEL_INITRD = "application/vnd.diver.kernel.initrd.v1";

  /** A file that boots beside the image: a module, a ramdisk, a disk; its title is its path. */
  public static final String KERNEL_PART = "application/vnd.diver.kernel.part.v1";

  /** Headers, libraries, linker script, Makefile fragment. */
  public static final String KERNEL_SDK = "application/vnd.diver.kernel.sdk.v1.tar+zstd";

  /** configure, build, test, deploy. */
  public static final String KERNEL_SCRIPTS = "application/vnd.diver.kernel.scripts.v1.tar+zstd";

  /** The kernel's own source. */
  public static final String KERNEL_SOURCE = "application/vnd.diver.kernel.source.v1.tar+zstd";

  private MediaTypes() {}
}
