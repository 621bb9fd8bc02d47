package dev.diver.catalog.search;

import dev.diver.kernels.reference.Digest;
import java.time.Instant;

/**
 * A published tag of a kernel.
 *
 * @param moving whether a later publication may move it
 * @param size bytes of config and layers
 * @param config the kernel spec
 */
public record Release(
    String tag,
    Digest digest,
    Instant published,
    boolean yanked,
    boolean moving,
    long size,
    Digest config) {}
