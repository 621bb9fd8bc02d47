package dev.diver.catalog.search;

import dev.diver.kernels.remote.SearchFilter;
import java.util.List;
import java.util.Map;

/**
 * What someone looks for.
 *
 * @param text words, may be empty
 * @param filters all of these
 * @param page from 1
 * @param size kernels on a page
 */
public record KernelQuery(
    String text, Map<SearchFilter, List<String>> filters, Sort sort, int page, int size) {

  /** How results are ordered. */
  public enum Sort {
    /** Exact name; words in the name, tags, summary, description; then pulls. */
    RELEVANCE,
    NAME,
    /** The latest first. */
    UPDATED,
    /** The most pulled first. */
    PULLS
  }

  /** How many kernels come before the page. */
  int offset() {
    return (page - 1) * size;
  }
}
