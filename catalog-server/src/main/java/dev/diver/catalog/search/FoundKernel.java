package dev.diver.catalog.search;

import com.fasterxml.jackson.annotation.JsonRawValue;
import java.time.Instant;

/**
 * A kernel as search shows it.
 *
 * @param version of the newest release
 * @param latest its digest
 * @param tags JSON array, as are modes, languages, hypervisors and versions
 * @param updated when the newest release was published
 * @param size bytes
 */
public record FoundKernel(
    String name,
    String version,
    String latest,
    String summary,
    @JsonRawValue String tags,
    @JsonRawValue String modes,
    String arch,
    String boot,
    String abi,
    @JsonRawValue String languages,
    @JsonRawValue String hypervisors,
    String license,
    long pulls,
    Instant updated,
    long size,
    @JsonRawValue String versions) {}
