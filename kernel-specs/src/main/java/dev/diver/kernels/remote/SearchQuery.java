package dev.diver.kernels.remote;

import java.util.List;
import java.util.Map;

/**
 * What to look for in a catalog.
 *
 * @param words free text; empty finds everything
 * @param filters only kernels that have all of these
 * @param sort the order of the results
 * @param page from 1
 * @param size results on a page, at least 1; the catalog may allow fewer
 */
public record SearchQuery(
    String words, Map<SearchFilter, List<String>> filters, Sort sort, int page, int size) {

  public SearchQuery {
    filters = Map.copyOf(filters);
  }

  /** The order of the results. */
  public enum Sort {
    RELEVANCE,
    NAME,
    UPDATED,
    PULLS
  }

  /** The first twenty that these words find, best first. */
  public static SearchQuery of(String words) {
    return new SearchQuery(words, Map.of(), Sort.RELEVANCE, 1, 20);
  }
}
