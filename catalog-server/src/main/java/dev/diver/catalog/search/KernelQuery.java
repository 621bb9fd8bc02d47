package dev.diver.catalog.search;

import java.util.List;
import java.util.Optional;

/**
 * What someone looks for.
 *
 * @param text words, may be empty
 * @param tags all of these
 * @param mode that it supports
 * @param arch that it runs on
 * @param page from 1
 * @param size kernels on a page
 */
public record KernelQuery(
    String text,
    List<String> tags,
    Optional<String> mode,
    Optional<String> arch,
    Sort sort,
    int page,
    int size) {

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
