package dev.diver.catalog;

import dev.diver.kernels.oci.MediaTypes;
import dev.diver.kernels.reference.Digest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A real server on a free port, and a client that speaks to it as others do. */
public final class TestCatalog implements AutoCloseable {

  public static final String MANIFEST = MediaTypes.MANIFEST;
  private static final JsonMapper JSON = JsonMapper.shared();

  private final HttpClient client = HttpClient.newHttpClient();
  private final CatalogServer server;

  public TestCatalog(Path data) {
    this(data, options -> options);
  }

  public TestCatalog(Path data, UnaryOperator<CatalogOptions> changes) {
    server = CatalogServer.start(changes.apply(CatalogOptions.of(data).withPort(0)));
  }

  public int port() {
    return server.port();
  }

  public URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port()).resolve(path);
  }

  /** Sends; headers as name, value, name, value. */
  public HttpResponse<byte[]> send(String method, String path, byte[] body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri(path))
            .method(
                method,
                body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      return client.send(request.build(), BodyHandlers.ofByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  public HttpResponse<byte[]> get(String path, String... headers) {
    return send("GET", path, new byte[0], headers);
  }

  public JsonNode json(String path) {
    return json(get(path));
  }

  public static JsonNode json(HttpResponse<byte[]> response) {
    return JSON.readTree(response.body());
  }

  /** The code of the first error in an answer. */
  public static String code(HttpResponse<byte[]> response) {
    return json(response).at("/errors/0/code").asString();
  }

  public static String header(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElse("");
  }

  /** Begins an upload; tells where it goes on. */
  public String beginUpload(String repository) {
    return header(send("POST", "/v2/" + repository + "/blobs/uploads/", new byte[0]), "Location");
  }

  /** Pushes a blob with POST and PUT. */
  public Digest pushBlob(String repository, byte[] content) {
    Digest digest = Digest.of(content);
    HttpResponse<byte[]> put = send("PUT", beginUpload(repository) + "?digest=" + digest, content);
    if (put.statusCode() != 201) {
      throw new IllegalStateException("push of a blob: " + text(put));
    }
    return digest;
  }

  public HttpResponse<byte[]> pushManifest(String repository, String reference, byte[] manifest) {
    return send(
        "PUT", "/v2/" + repository + "/manifests/" + reference, manifest, "Content-Type", MANIFEST);
  }

  /** Pushes an artifact that is no kernel: an empty config, one layer. */
  public byte[] manifest(String repository, String layer, String more) {
    Digest config = pushBlob(repository, bytes("{}"));
    Digest content = pushBlob(repository, bytes(layer));
    return bytes(
        """
        {"schemaVersion":2,"mediaType":"%s",
         "config":{"mediaType":"application/x-test","digest":"%s","size":2},
         "layers":[{"mediaType":"text/plain","digest":"%s","size":%d}]%s}
        """
            .formatted(MANIFEST, config, content, bytes(layer).length, more));
  }

  /** A kernel to push. */
  public record Kernel(
      String name, String version, String summary, String description, List<String> tags) {

    public static Kernel of(String name, String version) {
      return new Kernel(name, version, "", "", List.of());
    }

    public byte[] spec() {
      return JSON.writeValueAsBytes(
          Map.of(
              "name", name,
              "version", version,
              "summary", summary,
              "description", description,
              "tags", tags,
              "arch", "x86_64",
              "license", "MIT",
              "boot", Map.of("protocol", "pvh", "image", "kernel.elf"),
              "modes", Map.of("full-vm", Map.of())));
    }
  }

  /** Pushes a kernel package; {@code movingTags} with commas. */
  public HttpResponse<byte[]> pushKernel(
      Kernel kernel, String tag, String content, String movingTags) {
    return pushKernel(kernel.name(), kernel.spec(), tag, content, movingTags);
  }

  /** The same with a spec as it is. */
  public HttpResponse<byte[]> pushKernel(
      String name, byte[] spec, String tag, String content, String movingTags) {
    Digest config = pushBlob(name, spec);
    Digest image = pushBlob(name, bytes(content));
    return pushManifest(
        name,
        tag,
        bytes(
            """
            {"schemaVersion":2,"mediaType":"%s","artifactType":"%s",
             "config":{"mediaType":"%s","digest":"%s","size":%d},
             "layers":[{"mediaType":"%s","digest":"%s","size":%d}],
             "annotations":{"dev.diver.kernel.moving-tags":"%s"}}
            """
                .formatted(
                    MANIFEST,
                    MediaTypes.KERNEL,
                    MediaTypes.KERNEL_CONFIG,
                    config,
                    spec.length,
                    MediaTypes.KERNEL_IMAGE,
                    image,
                    bytes(content).length,
                    movingTags)));
  }

  public static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  public static String text(HttpResponse<byte[]> response) {
    return response.statusCode() + " " + new String(response.body(), StandardCharsets.UTF_8);
  }

  /** Content that no compression or pattern hides mistakes in. */
  public static byte[] random(int size, long seed) {
    byte[] content = new byte[size];
    new Random(seed).nextBytes(content);
    return content;
  }

  @Override
  public void close() {
    client.close();
    server.close();
  }
}
