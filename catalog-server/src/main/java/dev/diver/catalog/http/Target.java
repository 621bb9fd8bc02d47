package dev.diver.catalog.http;

import dev.diver.catalog.storage.ErrorCode;
import dev.diver.catalog.storage.Reference;
import dev.diver.catalog.storage.RefusedException;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.reference.Digest;
import dev.diver.kernels.reference.KernelReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a path below {@code /v2} means (OCI distribution specification 1.1, "Endpoints"). Names are
 * checked here, once; they may contain slashes, so paths are read from their end.
 */
sealed interface Target {

  /** The API itself. */
  record Base() implements Target {}

  record Manifests(String repository, String reference) implements Target {
    /** The reference, checked; a malformed one names nothing that exists. */
    Reference parsed() {
      if (reference.contains(":")) {
        return new Reference.ByDigest(digest(reference));
      }
      if (!KernelReference.isTag(reference)) {
        throw new RefusedException(
            ErrorCode.MANIFEST_UNKNOWN, "\"" + reference + "\" is neither a tag nor a digest.");
      }
      return new Reference.ByTag(reference);
    }
  }

  record Blobs(String repository, Digest digest) implements Target {}

  record Uploads(String repository) implements Target {}

  record UploadUnderWay(String repository, String id) implements Target {}

  record Tags(String repository) implements Target {}

  record Referrers(String repository, Digest digest) implements Target {}

  Pattern UPLOAD = Pattern.compile("/v2/(.+)/blobs/uploads/?([^/]*)");
  Pattern CONTENT = Pattern.compile("/v2/(.+)/(manifests|blobs|referrers)/([^/]+)");
  Pattern TAGS = Pattern.compile("/v2/(.+)/tags/list");

  /** Reads a path; {@link ErrorCode#NOT_FOUND} where it means nothing. */
  static Target parse(String path) {
    if (path.equals("/v2/") || path.equals("/v2")) {
      return new Base();
    }
    Matcher upload = UPLOAD.matcher(path);
    if (upload.matches()) {
      String repository = repository(upload.group(1));
      return upload.group(2).isEmpty()
          ? new Uploads(repository)
          : new UploadUnderWay(repository, upload.group(2));
    }
    Matcher tags = TAGS.matcher(path);
    if (tags.matches()) {
      return new Tags(repository(tags.group(1)));
    }
    Matcher content = CONTENT.matcher(path);
    if (!content.matches()) {
      throw new RefusedException(ErrorCode.NOT_FOUND, "There is nothing at this path.");
    }
    String repository = repository(content.group(1));
    return switch (content.group(2)) {
      case "manifests" -> new Manifests(repository, content.group(3));
      case "blobs" -> new Blobs(repository, digest(content.group(3)));
      default -> new Referrers(repository, digest(content.group(3)));
    };
  }

  /** Checks a repository name. */
  static String repository(String name) {
    if (!KernelReference.isName(name)) {
      throw new RefusedException(
          ErrorCode.NAME_INVALID,
          "This is not a repository name; those have lower-case letters, digits, separators.");
    }
    return name;
  }

  /** Checks a digest. */
  static Digest digest(String text) {
    try {
      return Digest.parse(text);
    } catch (DiverException e) {
      throw new RefusedException(
          ErrorCode.DIGEST_INVALID, "A digest here is sha256: and 64 hexadecimal digits.");
    }
  }
}
