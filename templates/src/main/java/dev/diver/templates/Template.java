package dev.diver.templates;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What a new net can start from.
 *
 * @param word as it is given on the command line
 * @param summary one line; may be empty
 * @param files by their path relative to the project's folder, parts joined by slashes
 */
public record Template(String word, String summary, SortedMap<String, Content> files) {

  public Template {
    files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
  }

  /**
   * A file before its places are filled.
   *
   * @param bytes of the file
   * @param executable whether it may be run
   */
  @SuppressWarnings("ArrayRecordComponent") // read, never compared as a whole
  public record Content(byte[] bytes, boolean executable) {}

  /** The names of these templates, as in {@code hello, stencil}. */
  static String words(List<Template> templates) {
    return templates.stream().map(Template::word).collect(Collectors.joining(", "));
  }
}
