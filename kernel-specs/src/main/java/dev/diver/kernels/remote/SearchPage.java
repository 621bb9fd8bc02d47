package dev.diver.kernels.remote;

import java.util.List;

/**
 * One page of search results.
 *
 * @param total results on all pages
 * @param page of this page, from 1
 * @param size results that a page holds
 * @param kernels in the order that was asked for
 */
public record SearchPage(long total, int page, int size, List<KernelSummary> kernels) {}
