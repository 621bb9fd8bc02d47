package dev.diver.catalog.storage;

import dev.diver.kernels.reference.Digest;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** What repositories have, for reading. */
public final class Repositories {

  private static final String MANIFEST =
      "SELECT m.repository, m.digest, m.media_type, coalesce(m.artifact_type, ''), m.size,"
          + " m.annotations ";

  private final Database database;

  public Repositories(Database database) {
    this.database = database;
  }

  /** Finds the manifest that a request names; a yanked tag is not found. */
  public StoredManifest resolve(String repository, Reference reference) {
    return switch (reference) {
      case Reference.ByDigest(Digest digest) ->
          manifest(repository, digest)
              .orElseThrow(() -> Registry.unknownManifest(repository, digest.toString()));
      case Reference.ByTag(String tag) -> {
        TaggedManifest tagged =
            tag(repository, tag).orElseThrow(() -> Registry.unknownManifest(repository, tag));
        if (tagged.yanked()) {
          throw new RefusedException(
              ErrorCode.MANIFEST_UNKNOWN,
              repository
                  + ":"
                  + tag
                  + " was yanked; it can still be pulled as "
                  + tagged.manifest().digest()
                  + ".");
        }
        yield tagged.manifest();
      }
    };
  }

  Optional<StoredManifest> manifest(String repository, Digest digest) {
    return database.read(
        session ->
            session.first(
                MANIFEST
                    + "FROM repository r JOIN manifest m ON m.repository = r.id"
                    + " WHERE r.name = ? AND m.digest = ?",
                Repositories::manifest,
                repository,
                digest.toString()));
  }

  Optional<TaggedManifest> tag(String repository, String tag) {
    return database.read(
        session ->
            session.first(
                MANIFEST
                    + ", t.yanked FROM repository r JOIN tag t ON t.repository = r.id"
                    + " JOIN manifest m ON m.repository = r.id AND m.digest = t.digest"
                    + " WHERE r.name = ? AND t.name = ?",
                row -> new TaggedManifest(manifest(row), row.getInt("yanked") != 0),
                repository,
                tag));
  }

  /**
   * Tags in byte order; {@link ErrorCode#NAME_UNKNOWN} where there is no such repository.
   *
   * @param last only those behind this one
   * @param limit at most so many
   */
  public List<String> tags(String repository, String last, int limit) {
    return database.read(
        session -> {
          if (session.number("SELECT count(*) FROM repository WHERE name = ?", repository) == 0) {
            throw new RefusedException(
                ErrorCode.NAME_UNKNOWN, "There is no repository " + repository + ".");
          }
          return session.rows(
              "SELECT t.name FROM repository r JOIN tag t ON t.repository = r.id"
                  + " WHERE r.name = ? AND t.yanked = 0 AND t.name > ? ORDER BY t.name LIMIT ?",
              row -> row.getString(1),
              repository,
              last,
              limit);
        });
  }

  /** Manifests whose subject this is, oldest digest first. */
  public List<StoredManifest> referrers(String repository, Digest subject) {
    return database.read(
        session ->
            session.rows(
                MANIFEST
                    + "FROM repository r JOIN manifest m ON m.repository = r.id"
                    + " WHERE r.name = ? AND m.subject = ? ORDER BY m.digest",
                Repositories::manifest,
                repository,
                subject.toString()));
  }

  private static StoredManifest manifest(ResultSet row) throws SQLException {
    return new StoredManifest(
        row.getLong(1),
        Digest.parse(row.getString(2)),
        row.getString(3),
        row.getString(4),
        row.getLong(5),
        row.getString(6));
  }
}
