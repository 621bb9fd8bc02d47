package dev.diver.catalog.http;

import dev.diver.catalog.storage.BlobStore;
import dev.diver.catalog.storage.ErrorCode;
import dev.diver.catalog.storage.PullCounts;
import dev.diver.catalog.storage.PushedManifest;
import dev.diver.catalog.storage.Reference;
import dev.diver.catalog.storage.RefusedException;
import dev.diver.catalog.storage.Registry;
import dev.diver.catalog.storage.Repositories;
import dev.diver.catalog.storage.StoredManifest;
import dev.diver.kernels.oci.MediaTypes;
import io.javalin.http.Context;
import java.io.IOException;
import java.util.Optional;
import java.util.regex.Pattern;

/** {@code /v2/NAME/manifests/REFERENCE}. */
final class ManifestRoutes {

  private static final Pattern MEDIA_TYPE =
      Pattern.compile(
          "[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}");

  private final Registry registry;
  private final Repositories repositories;
  private final BlobStore blobs;
  private final PullCounts pulls;

  ManifestRoutes(Registry registry, Repositories repositories, BlobStore blobs, PullCounts pulls) {
    this.registry = registry;
    this.repositories = repositories;
    this.blobs = blobs;
    this.pulls = pulls;
  }

  void handle(Context ctx, Target.Manifests target) throws IOException {
    switch (ctx.req().getMethod()) {
      case "GET", "HEAD" -> pull(ctx, target);
      case "PUT" -> push(ctx, target);
      case "DELETE" -> delete(ctx, target);
      default -> throw Errors.unsupportedMethod();
    }
  }

  private void pull(Context ctx, Target.Manifests target) throws IOException {
    StoredManifest manifest = repositories.resolve(target.repository(), target.parsed());
    if (!Accepted.takes(ctx, manifest.mediaType())) {
      throw new RefusedException(
          ErrorCode.MANIFEST_UNKNOWN,
          "This manifest is a " + manifest.mediaType() + ", which the request does not accept.");
    }
    ContentSender.send(
        ctx,
        manifest.digest(),
        manifest.mediaType(),
        manifest.size(),
        () -> blobs.open(manifest.digest()));
    if (ctx.req().getMethod().equals("GET") && manifest.isKernel()) {
      pulls.add(manifest.repository());
    }
  }

  private void push(Context ctx, Target.Manifests target) throws IOException {
    if (!target.reference().contains(":") && !isTag(target)) {
      throw new RefusedException(
          ErrorCode.MANIFEST_INVALID,
          "A tag has at most 128 letters, digits, and . _ - (not first).");
    }
    byte[] content = ctx.req().getInputStream().readNBytes(Registry.MAX_MANIFEST_BYTES + 1);
    if (content.length > Registry.MAX_MANIFEST_BYTES) {
      throw new RefusedException(ErrorCode.TOO_LARGE, "A manifest has at most 4 MiB.");
    }
    PushedManifest pushed =
        registry.pushManifest(target.repository(), target.parsed(), mediaType(ctx), content);
    pushed.subject().ifPresent(subject -> ctx.header("OCI-Subject", subject.toString()));
    ctx.header("Location", "/v2/" + target.repository() + "/manifests/" + pushed.digest());
    ctx.header("Docker-Content-Digest", pushed.digest().toString());
    ctx.status(201);
    ctx.res().setContentLengthLong(0);
  }

  private static boolean isTag(Target.Manifests target) {
    return dev.diver.kernels.reference.KernelReference.isTag(target.reference());
  }

  private static String mediaType(Context ctx) {
    String type =
        Optional.ofNullable(ctx.contentType())
            .orElse(MediaTypes.MANIFEST)
            .split(";", -1)[0]
            .strip();
    if (!MEDIA_TYPE.matcher(type).matches()) {
      throw new RefusedException(
          ErrorCode.MANIFEST_INVALID, "The Content-Type of a manifest is its media type.");
    }
    return type;
  }

  private void delete(Context ctx, Target.Manifests target) {
    switch (target.parsed()) {
      case Reference.ByTag(String tag) -> registry.deleteTag(target.repository(), tag);
      case Reference.ByDigest(var digest) -> registry.deleteManifest(target.repository(), digest);
    }
    ctx.status(202);
    ctx.res().setContentLengthLong(0);
  }
}
