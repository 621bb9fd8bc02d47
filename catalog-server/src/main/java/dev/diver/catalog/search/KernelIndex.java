package dev.diver.catalog.search;

import dev.diver.catalog.storage.BlobStore;
import dev.diver.catalog.storage.Listing;
import dev.diver.catalog.storage.RefusedException;
import dev.diver.catalog.storage.Session;
import dev.diver.kernels.oci.MediaTypes;
import dev.diver.kernels.reference.Digest;
import dev.diver.kernels.remote.SearchFilter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.json.JsonMapper;

/** Keeps what search reads: one row and one text for each kernel that has a release. */
public final class KernelIndex implements Listing {

  private static final int MAX_SPEC_BYTES = 4 * 1024 * 1024;
  private static final JsonMapper JSON = JsonMapper.shared();

  private final BlobStore blobs;

  public KernelIndex(BlobStore blobs) {
    this.blobs = blobs;
  }

  @Override
  public void check(byte[] spec) {
    KernelFacts.read(spec);
  }

  @Override
  public void refresh(Session session, long repository) throws SQLException, IOException {
    session.run("DELETE FROM kernel WHERE id = ?", repository);
    session.run("DELETE FROM kernel_shown WHERE id = ?", repository);
    session.run("DELETE FROM kernel_text WHERE rowid = ?", repository);
    List<Release> live =
        releases(session, repository).stream().filter(release -> !release.yanked()).toList();
    if (live.isEmpty()) {
      return;
    }
    try {
      Release newest = live.getFirst();
      KernelFacts facts = KernelFacts.read(blobs.read(newest.config(), MAX_SPEC_BYTES));
      String name =
          session
              .first(
                  "SELECT name FROM repository WHERE id = ?", row -> row.getString(1), repository)
              .orElseThrow();
      add(session, repository, new IndexedKernel(name, facts, newest, versions(live)));
    } catch (NoSuchFileException | RefusedException e) {
      // Not listed: the config is gone, or no longer passes for a spec.
    }
  }

  /** All releases of a kernel, the newest first. */
  static List<Release> releases(Session session, long repository) throws SQLException {
    return session
        .rows(
            "SELECT t.name, t.digest, t.published, t.yanked, instr(m.moving_tags, ',' || t.name"
                + " || ',') > 0, m.content_size, m.config FROM tag t JOIN manifest m"
                + " ON m.repository = t.repository AND m.digest = t.digest"
                + " WHERE t.repository = ? AND m.artifact_type = ? AND m.config IS NOT NULL",
            row ->
                new Release(
                    row.getString(1),
                    Digest.parse(row.getString(2)),
                    Instant.ofEpochMilli(row.getLong(3)),
                    row.getInt(4) != 0,
                    row.getInt(5) != 0,
                    row.getLong(6),
                    Digest.parse(row.getString(7))),
            repository,
            MediaTypes.KERNEL)
        .stream()
        .sorted(new ReleaseOrder().reversed())
        .toList();
  }

  private static List<String> versions(List<Release> live) {
    List<String> fixed =
        live.stream().filter(release -> !release.moving()).map(Release::tag).toList();
    return fixed.isEmpty() ? live.stream().map(Release::tag).toList() : fixed;
  }

  /** What is stored of one kernel. */
  record IndexedKernel(String name, KernelFacts facts, Release newest, List<String> versions) {}

  static void add(Session session, long repository, IndexedKernel kernel) throws SQLException {
    KernelFacts facts = kernel.facts();
    session.run(
        "INSERT INTO kernel SELECT id, name, ?, ?, pulls FROM repository WHERE id = ?",
        kernel.name().substring(kernel.name().lastIndexOf('/') + 1),
        kernel.newest().published().toEpochMilli(),
        repository);
    session.run(
        "INSERT INTO kernel_shown VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        repository,
        facts.version(),
        kernel.newest().digest().toString(),
        facts.summary(),
        JSON.writeValueAsString(facts.tags()),
        JSON.writeValueAsString(facts.modes()),
        facts.arch(),
        facts.boot(),
        facts.abi(),
        JSON.writeValueAsString(facts.languages()),
        JSON.writeValueAsString(facts.hypervisors()),
        facts.license(),
        JSON.writeValueAsString(kernel.versions()),
        kernel.newest().config().toString(),
        kernel.newest().size());
    session.run(
        "INSERT INTO kernel_text (rowid, name, tags, summary, description, facets)"
            + " VALUES (?, ?, ?, ?, ?, ?)",
        repository,
        kernel.name(),
        String.join(" ", facts.tags()),
        facts.summary(),
        facts.description(),
        facets(session, facts));
    Spelling.learn(session, kernel.name() + " " + String.join(" ", facts.tags()));
  }

  private static String facets(Session session, KernelFacts facts) throws SQLException {
    List<String> facets = new ArrayList<>();
    for (SearchFilter filter : SearchFilter.values()) {
      for (String value : facts.values(filter)) {
        facets.add(facet(filter, value));
        FilterValues.learn(session, filter, value);
      }
    }
    return String.join(" ", facets);
  }

  /**
   * The one word that stands for a value in the text index. Begins with a character for private
   * use, which no query has, and ends with a digit, which no stemmer touches; short values are
   * whole, long ones hashed, since the stemmer leaves only short words alone.
   */
  static String facet(SearchFilter filter, String value) {
    byte[] bytes =
        (filter.parameter() + ":" + value.toLowerCase(Locale.ROOT))
            .getBytes(StandardCharsets.UTF_8);
    String hex =
        bytes.length <= 24
            ? HexFormat.of().formatHex(bytes)
            : Digest.of(bytes).hex().substring(0, 50);
    return "\uE000" + hex + "0";
  }

  /** A kernel spec, as it was pushed. */
  String spec(Digest digest) throws IOException {
    return new String(blobs.read(digest, MAX_SPEC_BYTES), StandardCharsets.UTF_8);
  }
}
