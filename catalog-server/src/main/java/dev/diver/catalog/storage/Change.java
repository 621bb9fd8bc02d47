package dev.diver.catalog.storage;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.diver.kernels.reference.Digest;
import java.time.Instant;
import java.util.Optional;

/**
 * One thing that happened to a repository. The journal is the list of them; the database is what
 * they come to.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "change")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Change.BlobAdded.class, name = "blob-added"),
  @JsonSubTypes.Type(value = Change.BlobDeleted.class, name = "blob-deleted"),
  @JsonSubTypes.Type(value = Change.ManifestPushed.class, name = "manifest-pushed"),
  @JsonSubTypes.Type(value = Change.ManifestDeleted.class, name = "manifest-deleted"),
  @JsonSubTypes.Type(value = Change.TagDeleted.class, name = "tag-deleted"),
  @JsonSubTypes.Type(value = Change.Yanked.class, name = "yanked"),
  @JsonSubTypes.Type(value = Change.Unyanked.class, name = "unyanked")
})
sealed interface Change {

  /** The repository's name. */
  String repository();

  /** When it happened. */
  Instant at();

  record BlobAdded(String repository, Instant at, Digest digest) implements Change {}

  record BlobDeleted(String repository, Instant at, Digest digest) implements Change {}

  record ManifestPushed(
      String repository, Instant at, Digest digest, String mediaType, Optional<String> tag)
      implements Change {}

  record ManifestDeleted(String repository, Instant at, Digest digest) implements Change {}

  record TagDeleted(String repository, Instant at, String tag) implements Change {}

  record Yanked(String repository, Instant at, String tag) implements Change {}

  record Unyanked(String repository, Instant at, String tag) implements Change {}
}
