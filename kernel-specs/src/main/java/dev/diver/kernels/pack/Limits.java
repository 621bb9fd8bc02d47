package dev.diver.kernels.pack;

import dev.diver.kernels.oci.Descriptor;

/**
 * How much an archive may be.
 *
 * @param compressed its own size, in bytes
 * @param unpacked all that comes out of it, headers included, in bytes
 * @param entries how many files, folders and links
 */
public record Limits(long compressed, long unpacked, int entries) {

  private static final long MAX_UNPACKED = 4L << 30;
  private static final long ALWAYS_ALLOWED = 64L << 20;
  private static final long MAX_RATIO = 200;
  private static final int MAX_ENTRIES = 100_000;

  /**
   * Of a layer: its announced size; up to 200 times that comes out of it, at least 64 MiB, at most
   * 4 GiB; at most 100,000 entries.
   */
  public static Limits of(Descriptor layer) {
    long compressed = layer.size();
    long unpacked =
        compressed > MAX_UNPACKED / MAX_RATIO
            ? MAX_UNPACKED
            : Math.max(ALWAYS_ALLOWED, compressed * MAX_RATIO);
    return new Limits(compressed, unpacked, MAX_ENTRIES);
  }
}
