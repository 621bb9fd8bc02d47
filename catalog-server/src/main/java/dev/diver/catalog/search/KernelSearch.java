package dev.diver.catalog.search;

import dev.diver.catalog.search.KernelQuery.Sort;
import dev.diver.catalog.storage.Database;
import dev.diver.catalog.storage.Session;
import dev.diver.kernels.reference.Digest;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Finds kernels. A person expects the kernel of just that name first, then those with the words in
 * the name, the tags, the summary, the description, in this order, and of equals the one that
 * others use. Ranking by steps instead of a weight for each row is also what makes it fast: a step
 * is only looked at if those before it did not fill the page, and pulls come from the row itself.
 */
public final class KernelSearch {

  private static final int MAX_WORDS = 8;
  private static final String KERNEL =
      "SELECT name, version, latest, summary, tags, modes, arch, boot, abi, languages,"
          + " hypervisors, license, pulls, updated, size,"
          + " versions FROM kernel JOIN kernel_shown USING (id) ";

  private final Database database;
  private final KernelIndex index;

  public KernelSearch(Database database, KernelIndex index) {
    this.database = database;
    this.index = index;
  }

  /** How many kernels there are. */
  public long count() {
    return database.read(session -> session.number("SELECT count(*) FROM kernel"));
  }

  /** Finds one page. */
  public KernelPage search(KernelQuery query) {
    return database.read(session -> search(session, query));
  }

  private static KernelPage search(Session session, KernelQuery query) throws SQLException {
    FilterValues.check(session, query.filters());
    List<String> facets = facets(query);
    List<String> words = Spelling.words(query.text()).stream().limit(MAX_WORDS).toList();
    if (words.isEmpty()) {
      return query.text().isBlank()
          ? all(session, query, facets)
          : new KernelPage(0, query.page(), query.size(), Optional.empty(), List.of());
    }
    List<List<String>> asked = words.stream().map(List::of).toList();
    TextMatch match = new TextMatch(asked, true, facets);
    long total = count(session, match);
    if (total > 0) {
      return page(session, query, match, total, Optional.empty());
    }
    List<List<String>> corrected = correct(session, words);
    match = new TextMatch(corrected, true, facets);
    total = count(session, match);
    if (total == 0) {
      match = new TextMatch(corrected, false, facets);
      total = count(session, match);
    }
    return page(
        session, query, match, total, total > 0 ? told(asked, corrected) : Optional.empty());
  }

  private static Optional<String> told(List<List<String>> asked, List<List<String>> corrected) {
    return asked.equals(corrected)
        ? Optional.empty()
        : Optional.of(corrected.stream().map(List::getFirst).collect(Collectors.joining(" ")));
  }

  /** For each word itself where some kernel has it, else those near to it. */
  private static List<List<String>> correct(Session session, List<String> words)
      throws SQLException {
    List<List<String>> corrected = new ArrayList<>();
    for (String word : words) {
      boolean known =
          session.number(
                  "SELECT count(*) FROM (SELECT 1 FROM kernel_text WHERE kernel_text MATCH ?"
                      + " LIMIT 1)",
                  TextMatch.word(word))
              > 0;
      List<String> near = known ? List.of() : Spelling.correct(session, word);
      corrected.add(near.isEmpty() ? List.of(word) : near);
    }
    return corrected;
  }

  private static KernelPage all(Session session, KernelQuery query, List<String> facets)
      throws SQLException {
    if (!facets.isEmpty()) {
      TextMatch match = new TextMatch(List.of(), true, facets);
      return page(session, query, match, count(session, match), Optional.empty());
    }
    List<Long> ids =
        session.rows(
            "SELECT k.id FROM kernel k ORDER BY " + order(query.sort()) + " LIMIT ? OFFSET ?",
            row -> row.getLong(1),
            query.size(),
            query.offset());
    long total = session.number("SELECT count(*) FROM kernel");
    return new KernelPage(
        total, query.page(), query.size(), Optional.empty(), kernels(session, ids));
  }

  private static KernelPage page(
      Session session, KernelQuery query, TextMatch match, long total, Optional<String> corrected)
      throws SQLException {
    List<Long> ids =
        query.sort() == Sort.RELEVANCE && !match.words().isEmpty()
            ? ranked(session, query, match)
            : sorted(session, query, match, total);
    return new KernelPage(total, query.page(), query.size(), corrected, kernels(session, ids));
  }

  /** Sorts all that match, or, where most do, looks in that order until the page is full. */
  private static List<Long> sorted(Session session, KernelQuery query, TextMatch match, long total)
      throws SQLException {
    String from =
        isWide(session, query, match, total)
            ? "kernel k WHERE EXISTS (SELECT 1 FROM kernel_text WHERE kernel_text MATCH ?"
                + " AND rowid = k.id)"
            : "kernel_text f CROSS JOIN kernel k ON k.id = f.rowid WHERE kernel_text MATCH ?";
    return session.rows(
        "SELECT k.id FROM " + from + " ORDER BY " + order(query.sort()) + " LIMIT ? OFFSET ?",
        row -> row.getLong(1),
        match.everything(),
        query.size(),
        query.offset());
  }

  /**
   * Whether to look is cheaper than to sort. A look for one filter costs about a hundred rows to
   * sort; for words or several filters it costs much more.
   */
  private static boolean isWide(Session session, KernelQuery query, TextMatch match, long total)
      throws SQLException {
    if (!match.words().isEmpty() || match.facets().size() != 1) {
      return false;
    }
    double looks =
        (double) (query.offset() + query.size())
            * session.number("SELECT count(*) FROM kernel")
            / Math.max(1, total);
    return total > 100 * looks;
  }

  private static List<Long> ranked(Session session, KernelQuery query, TextMatch match)
      throws SQLException {
    int needed = query.offset() + query.size();
    String name = query.text().strip().toLowerCase(Locale.ROOT);
    List<Long> found = new ArrayList<>(exact(session, name, match));
    for (String tier : match.tiers()) {
      if (found.size() >= needed) {
        break;
      }
      found.addAll(
          session.rows(
              "SELECT k.id FROM kernel_text f CROSS JOIN kernel k ON k.id = f.rowid"
                  + " WHERE kernel_text MATCH ? AND k.name <> ? AND k.short_name <> ?"
                  + " ORDER BY k.pulls DESC, k.name LIMIT ?",
              row -> row.getLong(1),
              tier,
              name,
              name,
              needed - found.size()));
    }
    return found.subList(Math.min(query.offset(), found.size()), Math.min(needed, found.size()));
  }

  private static List<Long> exact(Session session, String name, TextMatch match)
      throws SQLException {
    return session.rows(
        "SELECT k.id FROM kernel k WHERE (k.name = ? OR k.short_name = ?) AND k.id IN (SELECT"
            + " rowid FROM kernel_text WHERE kernel_text MATCH ? AND rowid = k.id)"
            + " ORDER BY k.name <> ?, k.pulls DESC, k.name",
        row -> row.getLong(1),
        name,
        name,
        match.everything(),
        name);
  }

  private static long count(Session session, TextMatch match) throws SQLException {
    return session.number(
        "SELECT count(*) FROM kernel_text WHERE kernel_text MATCH ?", match.everything());
  }

  private static String order(Sort sort) {
    return switch (sort) {
      case NAME -> "k.name";
      case UPDATED -> "k.updated DESC, k.name";
      case PULLS, RELEVANCE -> "k.pulls DESC, k.name";
    };
  }

  private static List<String> facets(KernelQuery query) {
    List<String> facets = new ArrayList<>();
    query
        .filters()
        .forEach((filter, values) -> values.forEach(v -> facets.add(KernelIndex.facet(filter, v))));
    return facets;
  }

  private static List<FoundKernel> kernels(Session session, List<Long> ids) throws SQLException {
    List<FoundKernel> kernels = new ArrayList<>();
    for (long id : ids) {
      session.first(KERNEL + "WHERE id = ?", KernelSearch::kernel, id).ifPresent(kernels::add);
    }
    return kernels;
  }

  /** One kernel by its exact name; empty also where all its releases are yanked. */
  public Optional<KernelDetails> details(String name) {
    return database.read(
        session -> {
          Optional<FoundKernel> kernel =
              session.first(KERNEL + "WHERE name = ?", KernelSearch::kernel, name);
          if (kernel.isEmpty()) {
            return Optional.empty();
          }
          long id = session.number("SELECT id FROM kernel WHERE name = ?", name);
          List<Release> releases = KernelIndex.releases(session, id);
          String spec =
              session
                  .first("SELECT spec FROM kernel_shown WHERE id = ?", row -> row.getString(1), id)
                  .orElseThrow();
          String json = index.spec(Digest.parse(spec));
          return Optional.of(new KernelDetails(kernel.get(), json, releases));
        });
  }

  private static FoundKernel kernel(ResultSet row) throws SQLException {
    return new FoundKernel(
        row.getString(1),
        row.getString(2),
        row.getString(3),
        row.getString(4),
        row.getString(5),
        row.getString(6),
        row.getString(7),
        row.getString(8),
        row.getString(9),
        row.getString(10),
        row.getString(11),
        row.getString(12),
        row.getLong(13),
        Instant.ofEpochMilli(row.getLong(14)),
        row.getLong(15),
        row.getString(16));
  }
}
