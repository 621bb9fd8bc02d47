package dev.diver.catalog.storage;

import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.Failure.Kind;
import dev.diver.kernels.oci.MediaTypes;
import dev.diver.kernels.reference.Digest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The repositories of a catalog: which blobs, manifests and tags each has. Every change goes
 * through here: it is checked, written to the database and to the journal, and is there for good
 * when the method returns.
 *
 * <p>Does not know of HTTP, users or search.
 */
public final class Registry implements AutoCloseable {

  /** The largest manifest that is taken, and the largest kernel spec. */
  public static final int MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

  private final Database database;
  private final BlobStore blobs;
  private final Journal journal;
  private final Tables tables;
  private final Repositories repositories;
  private final Listing listing;
  private final ReentrantLock changing = new ReentrantLock();

  private Registry(Database database, BlobStore blobs, Journal journal, Listing listing) {
    this.database = database;
    this.blobs = blobs;
    this.journal = journal;
    this.listing = listing;
    this.tables = new Tables(blobs);
    this.repositories = new Repositories(database);
  }

  /**
   * Opens what the directory has, and brings a database that is behind the journal (or new) up to
   * it. A database that is made anew lacks only the pull counts.
   */
  public static Registry open(
      DataDirectory directory, Database database, BlobStore blobs, Listing listing) {
    try {
      Registry registry = new Registry(database, blobs, new Journal(directory.journal()), listing);
      registry.catchUp();
      return registry;
    } catch (IOException e) {
      throw new Failure(
              Kind.CORRUPT,
              "The catalog's journal cannot be read (" + e.getMessage() + ").",
              "Restore journal.jsonl in the data folder from a backup.")
          .exception(e);
    }
  }

  private void catchUp() throws IOException {
    long from = database.read(session -> session.number("SELECT journal_end FROM meta"));
    if (from > journal.end()) {
      throw new Failure(
              Kind.CORRUPT,
              "The catalog's journal is shorter than its database says.",
              "Restore journal.jsonl from a backup; or move catalog.db away, to go on with what"
                  + " the journal has.")
          .exception();
    }
    if (from == journal.end()) {
      return;
    }
    database.write(
        session -> {
          Set<Long> touched = new HashSet<>();
          journal.replay(
              from,
              (change, next) -> {
                try {
                  touched.add(tables.apply(session, change));
                } catch (SQLException e) {
                  throw new IOException(e);
                }
              });
          for (long repository : touched) {
            listing.refresh(session, repository);
          }
          return session.run("UPDATE meta SET journal_end = ?", journal.end());
        });
  }

  /**
   * Puts received content under its digest into a repository. Its name may not survive a loss of
   * power until a manifest is pushed: that syncs the directory and the journal for all before it.
   */
  void addBlob(String repository, IncomingBlob received, Digest digest) throws IOException {
    changing.lock();
    try {
      blobs.publish(received.file(), digest);
      commit(new Change.BlobAdded(repository, Instant.now(), digest), false);
    } finally {
      changing.unlock();
    }
  }

  /**
   * Lets a repository have a blob that another one has.
   *
   * @param from where it is; empty for anywhere
   * @return whether it was there
   */
  public boolean mountBlob(String repository, Optional<String> from, Digest digest) {
    changing.lock();
    try {
      boolean there = from.isPresent() ? hasBlob(from.get(), digest) : isBlobAnywhere(digest);
      if (there) {
        commit(new Change.BlobAdded(repository, Instant.now(), digest), false);
      }
      return there;
    } finally {
      changing.unlock();
    }
  }

  /**
   * Takes a manifest.
   *
   * @param reference a tag, or the digest that the content must have
   * @return what was stored
   */
  public PushedManifest pushManifest(
      String repository, Reference reference, String mediaType, byte[] content) {
    ManifestFacts facts = ManifestFacts.read(content, mediaType);
    if (reference instanceof Reference.ByDigest(Digest wanted) && !wanted.equals(facts.digest())) {
      throw new RefusedException(
          ErrorCode.DIGEST_INVALID,
          "The manifest's digest is " + facts.digest() + ", not " + wanted + ".");
    }
    Optional<String> tag =
        reference instanceof Reference.ByTag(String name) ? Optional.of(name) : Optional.empty();
    changing.lock();
    try {
      requireContent(repository, facts);
      tag.ifPresent(name -> requireMayMove(repository, name, facts.digest()));
      store(content, facts.digest());
      commit(
          new Change.ManifestPushed(
              repository, Instant.now(), facts.digest(), facts.mediaType(), tag),
          true);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      changing.unlock();
    }
    return new PushedManifest(facts.digest(), facts.subject());
  }

  private void store(byte[] content, Digest digest) throws IOException {
    try (IncomingBlob file = blobs.receive()) {
      file.append(new ByteArrayInputStream(content), content.length);
      file.finish();
      blobs.publish(file.file(), digest);
    }
    blobs.syncDirectory();
  }

  private void requireContent(String repository, ManifestFacts facts) {
    for (ManifestFacts.Content blob : facts.blobs()) {
      if (!hasBlob(repository, blob.digest())) {
        throw new RefusedException(
            ErrorCode.MANIFEST_BLOB_UNKNOWN,
            "The manifest needs " + blob.digest() + ", which " + repository + " does not have.");
      }
      long size = blobs.size(blob.digest()).orElse(-1);
      if (size != blob.size()) {
        throw new RefusedException(
            ErrorCode.SIZE_INVALID,
            blob.digest() + " has " + size + " bytes, not " + blob.size() + ".");
      }
    }
    if (facts.isKernel()) {
      listing.check(config(facts));
    }
  }

  private byte[] config(ManifestFacts facts) {
    Digest config =
        facts
            .config()
            .orElseThrow(
                () ->
                    new RefusedException(
                        ErrorCode.MANIFEST_INVALID, "A kernel package needs a config."));
    try {
      return blobs.read(config, MAX_MANIFEST_BYTES);
    } catch (IOException e) {
      throw new RefusedException(
          ErrorCode.MANIFEST_INVALID, "The config of a kernel package has at most 4 MiB.");
    }
  }

  private void requireMayMove(String repository, String tag, Digest to) {
    Optional<String> blocking =
        database.read(
            session ->
                session.first(
                    "SELECT m.digest FROM repository r JOIN tag t ON t.repository = r.id"
                        + " JOIN manifest m ON m.repository = r.id AND m.digest = t.digest"
                        + " WHERE r.name = ? AND t.name = ? AND m.digest <> ?"
                        + " AND m.artifact_type = ? AND instr(m.moving_tags, ?) = 0",
                    row -> row.getString(1),
                    repository,
                    tag,
                    to.toString(),
                    MediaTypes.KERNEL,
                    "," + tag + ","));
    if (blocking.isPresent()) {
      throw new RefusedException(
          ErrorCode.TAG_IMMUTABLE,
          repository
              + ":"
              + tag
              + " is published as "
              + blocking.get()
              + " and does not move; publish under another tag.");
    }
  }

  /** Removes a tag; its manifest stays. */
  public void deleteTag(String repository, String tag) {
    changing.lock();
    try {
      tagged(repository, tag);
      commit(new Change.TagDeleted(repository, Instant.now(), tag), true);
    } finally {
      changing.unlock();
    }
  }

  /** Removes a manifest and the tags that point at it. */
  public void deleteManifest(String repository, Digest digest) {
    changing.lock();
    try {
      repositories.resolve(repository, new Reference.ByDigest(digest));
      commit(new Change.ManifestDeleted(repository, Instant.now(), digest), true);
      deleteUnused(digest);
    } finally {
      changing.unlock();
    }
  }

  /** Removes a blob from a repository; {@link ErrorCode#IN_USE} while a manifest needs it. */
  public void deleteBlob(String repository, Digest digest) {
    changing.lock();
    try {
      if (!hasBlob(repository, digest)) {
        throw unknownBlob(repository, digest);
      }
      Optional<String> user =
          database.read(
              session ->
                  session.first(
                      "SELECT u.manifest FROM manifest_reference u JOIN repository r"
                          + " ON r.id = u.repository WHERE r.name = ? AND u.digest = ?",
                      row -> row.getString(1),
                      repository,
                      digest.toString()));
      if (user.isPresent()) {
        throw new RefusedException(
            ErrorCode.IN_USE, "The manifest " + user.get() + " needs it; delete that first.");
      }
      commit(new Change.BlobDeleted(repository, Instant.now(), digest), true);
      deleteUnused(digest);
    } finally {
      changing.unlock();
    }
  }

  /** Takes a release of a kernel out of search, tags and resolution, or puts it back. */
  public void yank(String repository, String tag, boolean yanked) {
    changing.lock();
    try {
      if (!tagged(repository, tag).manifest().isKernel()) {
        throw new RefusedException(
            ErrorCode.UNSUPPORTED, repository + ":" + tag + " is not a kernel package.");
      }
      Instant now = Instant.now();
      commit(
          yanked
              ? new Change.Yanked(repository, now, tag)
              : new Change.Unyanked(repository, now, tag),
          true);
    } finally {
      changing.unlock();
    }
  }

  /** All or nothing: the database's transaction and the journal's line. */
  private void commit(Change change, boolean force) {
    try {
      long before = journal.end();
      try {
        database.write(
            session -> {
              long repository = tables.apply(session, change);
              if (!(change instanceof Change.BlobAdded)) {
                listing.refresh(session, repository);
              }
              journal.append(change, force);
              return session.run("UPDATE meta SET journal_end = ?", journal.end());
            });
      } catch (RuntimeException e) {
        journal.rollback(before);
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void deleteUnused(Digest digest) {
    try {
      if (!isBlobAnywhere(digest) && !isManifestAnywhere(digest)) {
        blobs.delete(digest);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether a repository has this blob. */
  public boolean hasBlob(String repository, Digest digest) {
    return database.read(
            session ->
                session.number(
                    "SELECT count(*) FROM repository r JOIN repository_blob b"
                        + " ON b.repository = r.id WHERE r.name = ? AND b.digest = ?",
                    repository,
                    digest.toString()))
        > 0;
  }

  private boolean isBlobAnywhere(Digest digest) {
    return exists("SELECT count(*) FROM repository_blob WHERE digest = ?", digest);
  }

  private boolean isManifestAnywhere(Digest digest) {
    return exists("SELECT count(*) FROM manifest WHERE digest = ?", digest);
  }

  private boolean exists(String sql, Digest digest) {
    return database.read(session -> session.number(sql, digest.toString())) > 0;
  }

  /** Size in bytes of a blob of this repository. */
  public long blobSize(String repository, Digest digest) {
    OptionalLong size = hasBlob(repository, digest) ? blobs.size(digest) : OptionalLong.empty();
    return size.orElseThrow(() -> unknownBlob(repository, digest));
  }

  private TaggedManifest tagged(String repository, String tag) {
    return repositories.tag(repository, tag).orElseThrow(() -> unknownManifest(repository, tag));
  }

  static RefusedException unknownManifest(String repository, String reference) {
    return new RefusedException(
        ErrorCode.MANIFEST_UNKNOWN, repository + " has no manifest " + reference + ".");
  }

  private static RefusedException unknownBlob(String repository, Digest digest) {
    return new RefusedException(
        ErrorCode.BLOB_UNKNOWN, repository + " has no blob " + digest + ".");
  }

  @Override
  public void close() throws IOException {
    journal.close();
  }
}
