package dev.diver.catalog.search;

import java.util.List;

/**
 * All that a catalog tells of one kernel.
 *
 * @param spec JSON, as it was pushed
 * @param releases the newest first, yanked ones too
 */
public record KernelDetails(FoundKernel kernel, String spec, List<Release> releases) {}
