package dev.diver.kernels.remote;

import dev.diver.kernels.reference.Digest;
import dev.diver.kernels.spec.KernelSpec;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * All that a catalog tells about one kernel.
 *
 * @param summary as search lists it
 * @param spec of the newest release
 * @param releases newest first, the yanked ones included
 */
public record KernelInfo(KernelSummary summary, KernelSpec spec, List<Release> releases) {

  /**
   * One published release.
   *
   * @param version its tag
   * @param digest of its manifest
   * @param size of its package, in bytes
   * @param published when, where the catalog knows it
   * @param yanked whether it can be pulled by digest only
   */
  public record Release(
      String version, Digest digest, long size, Optional<Instant> published, boolean yanked) {}
}
