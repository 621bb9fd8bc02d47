package dev.diver.catalog.storage;

import dev.diver.kernels.reference.Digest;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.sql.SQLException;
import java.util.Optional;

/** What each change does to the database. Doing one twice is the same as doing it once. */
final class Tables {

  private final BlobStore blobs;

  Tables(BlobStore blobs) {
    this.blobs = blobs;
  }

  /** Carries a change out; tells the repository it happened to. */
  long apply(Session session, Change change) throws SQLException, IOException {
    long repository = repository(session, change.repository());
    switch (change) {
      case Change.BlobAdded added ->
          session.run(
              "INSERT OR IGNORE INTO repository_blob VALUES (?, ?)",
              repository,
              added.digest().toString());
      case Change.BlobDeleted deleted ->
          session.run(
              "DELETE FROM repository_blob WHERE repository = ? AND digest = ?",
              repository,
              deleted.digest().toString());
      case Change.ManifestPushed pushed -> push(session, repository, pushed);
      case Change.ManifestDeleted deleted -> deleteManifest(session, repository, deleted.digest());
      case Change.TagDeleted deleted ->
          session.run(
              "DELETE FROM tag WHERE repository = ? AND name = ?", repository, deleted.tag());
      case Change.Yanked yanked -> yank(session, repository, yanked.tag(), 1);
      case Change.Unyanked unyanked -> yank(session, repository, unyanked.tag(), 0);
    }
    return repository;
  }

  private static long repository(Session session, String name) throws SQLException {
    session.run("INSERT OR IGNORE INTO repository (name) VALUES (?)", name);
    return session.number("SELECT id FROM repository WHERE name = ?", name);
  }

  private static void yank(Session session, long repository, String tag, int yanked)
      throws SQLException {
    session.run(
        "UPDATE tag SET yanked = ? WHERE repository = ? AND name = ?", yanked, repository, tag);
  }

  private void push(Session session, long repository, Change.ManifestPushed pushed)
      throws SQLException, IOException {
    Optional<ManifestFacts> read = facts(pushed);
    if (read.isEmpty()) {
      return; // an old change, of a manifest that was deleted since
    }
    ManifestFacts facts = read.get();
    String digest = facts.digest().toString();
    session.run(
        "INSERT OR REPLACE INTO manifest VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        repository,
        digest,
        facts.mediaType(),
        facts.artifactType(),
        facts.subject().map(Digest::toString),
        facts.size(),
        facts.contentSize(),
        facts.annotations(),
        facts.config().map(Digest::toString),
        "," + String.join(",", facts.movingTags()) + ",");
    for (ManifestFacts.Content blob : facts.blobs()) {
      refer(session, repository, blob.digest(), digest);
    }
    for (Digest child : facts.children()) {
      refer(session, repository, child, digest);
    }
    if (pushed.tag().isPresent()) {
      session.run(
          "INSERT INTO tag (repository, name, digest, published) VALUES (?, ?, ?, ?)"
              + " ON CONFLICT DO UPDATE SET digest = excluded.digest,"
              + " published = excluded.published, yanked = 0 WHERE digest <> excluded.digest",
          repository,
          pushed.tag().get(),
          digest,
          pushed.at().toEpochMilli());
    }
  }

  private Optional<ManifestFacts> facts(Change.ManifestPushed pushed) throws IOException {
    try {
      byte[] content = blobs.read(pushed.digest(), Registry.MAX_MANIFEST_BYTES);
      return Optional.of(ManifestFacts.read(content, pushed.mediaType()));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private static void refer(Session session, long repository, Digest content, String manifest)
      throws SQLException {
    session.run(
        "INSERT OR IGNORE INTO manifest_reference VALUES (?, ?, ?)",
        repository,
        content.toString(),
        manifest);
  }

  private static void deleteManifest(Session session, long repository, Digest digest)
      throws SQLException {
    String manifest = digest.toString();
    session.run("DELETE FROM manifest WHERE repository = ? AND digest = ?", repository, manifest);
    session.run(
        "DELETE FROM manifest_reference WHERE repository = ? AND manifest = ?",
        repository,
        manifest);
    session.run("DELETE FROM tag WHERE repository = ? AND digest = ?", repository, manifest);
  }
}
