package dev.diver.kernels.remote;

import dev.diver.kernels.failure.IoFailure;
import dev.diver.kernels.oci.Descriptor;
import dev.diver.kernels.oci.Manifest;
import dev.diver.kernels.oci.MediaTypes;
import dev.diver.kernels.reference.KernelReference;
import dev.diver.kernels.store.KernelStore;
import dev.diver.kernels.store.StoredKernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;

/** Publishes one kernel package under a tag (OCI distribution, "Push"). */
record Push(Registry registry, KernelReference target, Progress progress) {

  private static final MediaType MANIFEST = MediaType.get(MediaTypes.MANIFEST);

  /** The blobs first, since a registry takes no manifest without them. */
  void from(KernelStore store, StoredKernel kernel) {
    Manifest manifest = store.manifest(kernel);
    Parallel.each(
        manifest.blobs().stream().distinct().toList(),
        blob -> {
          if (!exists(blob)) {
            upload(blob, store.blob(blob.digest()), mountSource(kernel));
          }
        });
    RequestBody body = RequestBody.create(bytes(store.blob(kernel.digest())), MANIFEST);
    HttpUrl url = registry.v2(target.name(), "manifests/" + target.tagOrDigest());
    registry.command(
        target.name(), () -> new Request.Builder().url(url).put(body).build(), action());
  }

  private boolean exists(Descriptor blob) {
    HttpUrl url = registry.v2(target.name(), "blobs/" + blob.digest());
    return registry.call(
        target.name(),
        () -> new Request.Builder().url(url).head().build(),
        response -> {
          if (!response.isSuccessful() && response.code() != 404) {
            throw registry.failure(action(), response).exception();
          }
          return response.isSuccessful();
        });
  }

  /** The name under which the same server may have the content already. */
  private Optional<String> mountSource(StoredKernel kernel) {
    KernelReference own = kernel.reference();
    boolean sameServer = own.registry().equals(target.registry());
    return Optional.of(own.name()).filter(name -> sameServer && !name.equals(target.name()));
  }

  /** An upload that broke is begun anew. */
  private void upload(Descriptor blob, Path file, Optional<String> mountSource) {
    Optional<HttpUrl> location = begin(blob, mountSource);
    if (location.isEmpty()) {
      return;
    }
    progress.started(Transfer.title(blob), blob.size());
    FileBody body = new FileBody(file, blob, progress);
    Queue<HttpUrl> places = new ArrayDeque<>(List.of(location.get()));
    registry.command(
        target.name(),
        () -> {
          HttpUrl place =
              places.isEmpty() ? begin(blob, Optional.empty()).orElseThrow() : places.remove();
          String digest = blob.digest().toString();
          return new Request.Builder()
              .url(place.newBuilder().addQueryParameter("digest", digest).build())
              .put(body)
              .build();
        },
        action());
    progress.finished(Transfer.title(blob));
  }

  /** Where to send the content; empty if the server took it from its other repository. */
  private Optional<HttpUrl> begin(Descriptor blob, Optional<String> mountSource) {
    HttpUrl.Builder url = registry.v2(target.name(), "blobs/uploads/").newBuilder();
    mountSource.ifPresent(
        source ->
            url.addQueryParameter("mount", blob.digest().toString())
                .addQueryParameter("from", source));
    return registry.call(
        target.name(),
        () -> new Request.Builder().url(url.build()).post(RequestBody.EMPTY).build(),
        response -> response.code() == 201 ? Optional.empty() : Optional.of(place(response)));
  }

  private HttpUrl place(Response response) throws IOException {
    if (response.code() != 202) {
      throw registry.failure(action(), response).exception();
    }
    String location = response.header("Location", "");
    HttpUrl place = location == null ? null : response.request().url().resolve(location);
    if (place == null || (registry.base().isHttps() && !place.isHttps())) {
      throw new IOException("no place to upload to (Location: " + location + ")");
    }
    return place;
  }

  private String action() {
    return "publish " + target;
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw IoFailure.of("read", file, e);
    }
  }
}
