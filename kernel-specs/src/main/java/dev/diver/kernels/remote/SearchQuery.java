package dev.diver.kernels.remote;

import java.util.Optional;

/**
 * What to look for in a catalog.
 *
 * @param words free text; empty finds everything
 * @param tag only kernels with this tag
 * @param mode only kernels that support this mode
 * @param arch only kernels for this architecture
 * @param sort the order of the results
 * @param page from 1
 * @param size results on a page, at least 1; the catalog may allow fewer
 */
public record SearchQuery(
    String words,
    Optional<String> tag,
    Optional<String> mode,
    Optional<String> arch,
    Sort sort,
    int page,
    int size) {

  /** The order of the results. */
  public enum Sort {
    RELEVANCE,
    NAME,
    UPDATED,
    PULLS
  }

  /** The first twenty that these words find, best first. */
  public static SearchQuery of(String words) {
    return new SearchQuery(
        words, Optional.empty(), Optional.empty(), Optional.empty(), Sort.RELEVANCE, 1, 20);
  }
}
