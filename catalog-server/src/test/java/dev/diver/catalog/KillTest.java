package dev.diver.catalog;

import static dev.diver.catalog.TestCatalog.bytes;
import static dev.diver.catalog.TestCatalog.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.kernels.reference.Digest;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;

/** A server that is killed in the middle of pushes loses nothing that it had acknowledged. */
final class KillTest {

  private static final int PUSHERS = 4;
  private static final int BLOB_BYTES = 300_000;

  @TempDir Path data;

  @RepeatedTest(3)
  void keepsWhatItAcknowledged() throws Exception {
    Map<String, byte[]> acknowledged = new ConcurrentHashMap<>();
    CountDownLatch enough = new CountDownLatch(10);
    Process server = serve();
    try (BufferedReader out = server.inputReader();
        ExecutorService pushers = Executors.newVirtualThreadPerTaskExecutor()) {
      Pusher pusher = new Pusher(Integer.parseInt(out.readLine()));
      for (int i = 0; i < PUSHERS; i++) {
        int number = i;
        pushers.execute(() -> pushUntilDead(pusher, number, acknowledged, enough));
      }
      enough.await();
      server.destroyForcibly().waitFor();
    } finally {
      server.destroyForcibly();
    }
    assertTrue(acknowledged.size() >= 10, acknowledged.size() + " pushes were acknowledged");
    try (TestCatalog catalog = new TestCatalog(data)) {
      for (var push : acknowledged.entrySet()) {
        byte[] manifest = catalog.get("/v2/app/manifests/" + push.getKey()).body();
        Digest layer = Digest.of(push.getValue());
        assertTrue(
            new String(manifest, java.nio.charset.StandardCharsets.UTF_8).contains("" + layer));
        assertArrayEquals(push.getValue(), catalog.get("/v2/app/blobs/" + layer).body());
      }
    }
    assertOnlyWholeBlobs();
  }

  private void assertOnlyWholeBlobs() throws IOException {
    try (var blobs = Files.list(data.resolve("blobs/sha256"))) {
      for (Path blob : blobs.toList()) {
        assertEquals(blob.getFileName().toString(), Digest.of(Files.readAllBytes(blob)).hex());
      }
    }
    try (var uploads = Files.list(data.resolve("uploads"))) {
      assertEquals(List.of(), uploads.toList());
    }
  }

  private Process serve() throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            ServeUntilKilled.class.getName(),
            data.toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static void pushUntilDead(
      Pusher pusher, int number, Map<String, byte[]> acknowledged, CountDownLatch enough) {
    for (int i = 0; ; i++) {
      String tag = "t" + number + "-" + i;
      byte[] content = random(BLOB_BYTES, number * 1000L + i);
      if (!pusher.push(tag, content)) {
        return;
      }
      acknowledged.put(tag, content);
      enough.countDown();
    }
  }

  /** Pushes to a server that may be gone at any moment. */
  private static final class Pusher {

    private final HttpClient client = HttpClient.newHttpClient();
    private final int port;

    Pusher(int port) {
      this.port = port;
    }

    boolean push(String tag, byte[] content) {
      byte[] config = bytes("{}");
      String manifest =
          """
          {"schemaVersion":2,"config":{"mediaType":"a/b","digest":"%s","size":2},
           "layers":[{"mediaType":"a/b","digest":"%s","size":%d}]}
          """
              .formatted(Digest.of(config), Digest.of(content), content.length);
      return accepts("POST", "blobs/uploads/?digest=" + Digest.of(config), config)
          && accepts("POST", "blobs/uploads/?digest=" + Digest.of(content), content)
          && accepts("PUT", "manifests/" + tag, bytes(manifest));
    }

    private boolean accepts(String method, String path, byte[] body) {
      return send(method, path, body).filter(response -> response.statusCode() == 201).isPresent();
    }

    private Optional<HttpResponse<Void>> send(String method, String path, byte[] body) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v2/app/" + path))
              .method(method, BodyPublishers.ofByteArray(body))
              .build();
      try {
        return Optional.of(client.send(request, BodyHandlers.discarding()));
      } catch (IOException killed) {
        return Optional.empty();
      } catch (InterruptedException e) {
        throw new UncheckedIOException(new IOException(e));
      }
    }
  }
}
