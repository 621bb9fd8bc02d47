package dev.diver.deploy;

import dev.diver.kernels.spec.CpuList;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.MemorySize;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The Linux of a partitioned VM.
 *
 * @param kernel as the user named it
 * @param spec of the kernel, which has a {@code [gpos]}
 * @param image what boots
 * @param modules an initial ramdisk of drivers
 * @param cpus its cores; empty means one
 * @param memory its own; empty means the spec's default
 */
public record Gpos(
    String kernel,
    KernelSpec spec,
    Path image,
    Path modules,
    Optional<CpuList> cpus,
    Optional<MemorySize> memory) {

  /** The kernel that is taken where none is named. */
  public static final String USUAL = "linux";
}
