package dev.diver.kernels.remote;

import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.oci.Descriptor;
import dev.diver.kernels.oci.Manifest;
import dev.diver.kernels.oci.MediaTypes;
import dev.diver.kernels.reference.Digest;
import dev.diver.kernels.reference.KernelReference;
import dev.diver.kernels.store.Ingest;
import dev.diver.kernels.store.KernelStore;
import dev.diver.kernels.store.PartialBlob;
import dev.diver.kernels.store.StoredKernel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import okhttp3.Request;
import okhttp3.Response;
import okio.BufferedSource;

/** Brings one kernel package into a store (OCI distribution, "Pull"). */
record Pull(Registry registry, KernelReference reference, Progress progress) {

  /** No kernel package has more; a manifest of 4 MiB could name tens of thousands. */
  private static final int MAX_BLOBS = 64;

  private static final int BUFFER = 256 << 10;

  /** A connection that brought so many bytes before it broke was no failed attempt. */
  private static final long HEADWAY = 1 << 20;

  StoredKernel into(KernelStore store) {
    byte[] json = manifest();
    Manifest manifest = Manifest.read(json);
    check(manifest);
    try (Ingest ingest = store.ingest()) {
      Parallel.each(
          manifest.blobs().stream().distinct().toList(),
          blob -> ingest.receive(blob).ifPresent(this::fetch));
      ingest.add(MediaTypes.MANIFEST, json);
      return ingest.tag(reference, Manifest.describe(json));
    }
  }

  private byte[] manifest() {
    Request request =
        new Request.Builder()
            .url(registry.v2(reference.name(), "manifests/" + reference.tagOrDigest()))
            .header("Accept", MediaTypes.MANIFEST)
            .build();
    return registry.call(reference.name(), () -> request, this::verifiedManifest);
  }

  private byte[] verifiedManifest(Response response) throws IOException {
    if (!response.isSuccessful()) {
      throw registry.failure("pull " + reference, response).exception();
    }
    byte[] json = Bounded.read(response, Manifest.MAX_SIZE);
    String actual = Digest.of(json).toString();
    String expected =
        reference
            .digest()
            .map(Digest::toString)
            .or(() -> Optional.ofNullable(response.header("Docker-Content-Digest")))
            .orElse(actual);
    if (!expected.equals(actual)) {
      throw corrupt("the manifest has the digest " + actual + ", not " + expected + ".");
    }
    return json;
  }

  private void check(Manifest manifest) {
    if (!manifest.artifactType().equals(Optional.of(MediaTypes.KERNEL))) {
      throw new Failure(
              Failure.Kind.INVALID,
              reference + " is not a kernel package.",
              "Look for kernels with `diver search`.")
          .exception();
    }
    if (manifest.blobs().size() > MAX_BLOBS) {
      throw corrupt("its manifest lists " + manifest.blobs().size() + " blobs.");
    }
  }

  private void fetch(PartialBlob wanted) {
    try (PartialBlob partial = wanted) {
      Descriptor blob = partial.expected();
      progress.started(Transfer.title(blob), blob.size());
      progress.advanced(Transfer.title(blob), partial.received());
      while (partial.received() < blob.size()) {
        registry.call(
            reference.name(),
            () -> request(partial),
            response -> {
              receive(response, partial);
              return partial.received();
            });
      }
      partial.finish();
      progress.finished(Transfer.title(blob));
    }
  }

  /** Asks for what is missing. Compression would make offsets mean something else. */
  private Request request(PartialBlob partial) {
    Request.Builder request =
        new Request.Builder()
            .url(registry.v2(reference.name(), "blobs/" + partial.expected().digest()))
            .header("Accept-Encoding", "identity");
    if (partial.received() > 0) {
      request.header("Range", "bytes=" + partial.received() + "-");
    }
    return request.build();
  }

  private void receive(Response response, PartialBlob partial) throws IOException {
    boolean startsOver =
        partial.received() > 0 && (response.code() == 200 || response.code() == 416);
    if (startsOver) {
      progress.advanced(Transfer.title(partial.expected()), -partial.received());
      partial.restart();
    }
    if (startsOver && response.code() == 416) {
      return;
    }
    if (!response.isSuccessful()) {
      throw registry
          .failure("pull " + reference + " (" + partial.expected().digest() + ")", response)
          .exception();
    }
    checkExtent(response, partial);
    long before = partial.received();
    try {
      copy(response.body().source(), partial);
    } catch (IOException e) {
      if (partial.received() - before < HEADWAY) {
        throw e;
      }
    }
  }

  /** Refuses an answer that by its own header is not what is missing. */
  private void checkExtent(Response response, PartialBlob partial) throws IOException {
    String range = response.header("Content-Range", "");
    if (response.code() == 206
        && (range == null || !range.startsWith("bytes " + partial.received() + "-"))) {
      throw new IOException("asked from byte " + partial.received() + ", got " + range);
    }
    long missing = partial.expected().size() - partial.received();
    long announced = response.body().contentLength();
    if (announced >= 0 && announced != missing) {
      throw corrupt(
          "%s has %d bytes, where its manifest says %d."
              .formatted(
                  partial.expected().digest(),
                  partial.received() + announced,
                  partial.expected().size()));
    }
  }

  /** Reads no more than is missing, whatever else the server has to send. */
  private void copy(BufferedSource source, PartialBlob partial) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
    for (long missing = partial.expected().size() - partial.received(); missing > 0; ) {
      buffer.clear().limit((int) Math.min(BUFFER, missing));
      try {
        fill(source, buffer);
      } finally {
        buffer.flip();
        int count = buffer.remaining();
        partial.append(buffer);
        progress.advanced(Transfer.title(partial.expected()), count);
        missing -= count;
      }
    }
  }

  private static void fill(BufferedSource source, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      if (source.read(buffer) < 0) {
        throw new IOException("the answer ended early");
      }
    }
  }

  private RuntimeException corrupt(String what) {
    return new Failure(
            Failure.Kind.CORRUPT,
            reference + " does not arrive as it was published: " + what,
            "Pull again; if it stays so, tell those who run the catalog.")
        .exception();
  }
}
