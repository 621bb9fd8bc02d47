package dev.diver.catalog.search;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Optional;

/**
 * One page of what was found.
 *
 * @param total on all pages
 * @param corrected the words that were looked for instead, where nothing had those that were asked
 */
public record KernelPage(
    long total,
    int page,
    int size,
    @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<String> corrected,
    List<FoundKernel> kernels) {}
