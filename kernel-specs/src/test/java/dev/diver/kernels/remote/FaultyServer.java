package dev.diver.kernels.remote;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import dev.diver.kernels.oci.Descriptor;
import dev.diver.kernels.oci.MediaTypes;
import dev.diver.kernels.reference.Digest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A server that answers as a test tells it, for the faults that a real registry does not have. It
 * starts with the {@link TestPackage} as {@code tiny:1.0}, served as it should be.
 */
final class FaultyServer implements AutoCloseable {

  static final byte[] IMAGE = TestPackage.image();
  static final Digest IMAGE_DIGEST = Digest.of(IMAGE);
  static final String IMAGE_PATH = "/v2/tiny/blobs/" + IMAGE_DIGEST;
  static final String MANIFEST_PATH = "/v2/tiny/manifests/1.0";

  /** What was asked. */
  record Asked(String method, String path, String query, Map<String, List<String>> headers) {
    Optional<String> header(String name) {
      return Optional.ofNullable(headers.get(name)).map(List::getFirst);
    }
  }

  final List<Asked> asked = new CopyOnWriteArrayList<>();

  private final Map<String, HttpHandler> answers = new ConcurrentHashMap<>();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpServer server;

  FaultyServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
    byte[] config = TestPackage.spec();
    Descriptor configured =
        Descriptor.of(MediaTypes.KERNEL_CONFIG, Digest.of(config), config.length);
    Descriptor image = Descriptor.of(MediaTypes.KERNEL_IMAGE, IMAGE_DIGEST, IMAGE.length);
    answer(MANIFEST_PATH, bytes(TestPackage.manifest(configured, image.titled("image")).write()));
    answer("/v2/tiny/blobs/" + configured.digest(), bytes(config));
    answer(IMAGE_PATH, bytes(IMAGE));
  }

  URI address() {
    return address("127.0.0.1");
  }

  /** The same server by another of its names. */
  URI address(String host) {
    return URI.create("http://" + host + ":" + server.getAddress().getPort());
  }

  void answer(String path, HttpHandler answer) {
    answers.put(path, answer);
  }

  /** What was asked of one path, in order. */
  List<Asked> asked(String path) {
    return asked.stream().filter(a -> a.path().equals(path)).toList();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }

  /** Content as it should be served, Range included. */
  static HttpHandler bytes(byte[] content) {
    return exchange -> {
      int from = rangeStart(exchange);
      if (from > 0) {
        String range = "bytes %d-%d/%d".formatted(from, content.length - 1, content.length);
        exchange.getResponseHeaders().set("Content-Range", range);
      }
      exchange.sendResponseHeaders(from > 0 ? 206 : 200, content.length - from);
      exchange.getResponseBody().write(content, from, content.length - from);
    };
  }

  /** Announces the rest of the content, and breaks off after so many bytes. */
  static HttpHandler truncated(byte[] content, int after) {
    return exchange -> {
      int from = rangeStart(exchange);
      exchange.getResponseHeaders().set("Content-Range", "bytes " + from + "-");
      exchange.sendResponseHeaders(from > 0 ? 206 : 200, content.length - from);
      exchange.getResponseBody().write(content, from, Math.min(after, content.length - from));
      exchange.getResponseBody().flush();
    };
  }

  /** A status with an error in OCI form. */
  static HttpHandler error(int status, String code, String message) {
    String body = "{\"errors\":[{\"code\":\"%s\",\"message\":\"%s\"}]}".formatted(code, message);
    return json(status, body);
  }

  static HttpHandler json(int status, String body) {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    return exchange -> {
      exchange.sendResponseHeaders(status, bytes.length);
      exchange.getResponseBody().write(bytes);
    };
  }

  /** Each answer once, in order, and the last one for ever. */
  static HttpHandler inTurn(HttpHandler... answers) {
    List<HttpHandler> left = new CopyOnWriteArrayList<>(Arrays.asList(answers));
    return exchange -> (left.size() > 1 ? left.removeFirst() : left.getFirst()).handle(exchange);
  }

  /** The inner answer for those who bring this header, a challenge for the others. */
  static HttpHandler guarded(String challenge, String expected, HttpHandler inner) {
    return exchange -> {
      if (expected.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
        inner.handle(exchange);
      } else {
        exchange.getResponseHeaders().set("WWW-Authenticate", challenge);
        exchange.sendResponseHeaders(401, -1);
      }
    };
  }

  static HttpHandler redirect(URI target) {
    return exchange -> {
      exchange.getResponseHeaders().set("Location", target.toString());
      exchange.sendResponseHeaders(307, -1);
    };
  }

  private static int rangeStart(HttpExchange exchange) {
    String range = exchange.getRequestHeaders().getFirst("Range");
    return range == null ? 0 : Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1"));
  }

  private void handle(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String query = Optional.ofNullable(exchange.getRequestURI().getQuery()).orElse("");
    asked.add(
        new Asked(
            exchange.getRequestMethod(), path, query, Map.copyOf(exchange.getRequestHeaders())));
    try (exchange) {
      answers.getOrDefault(path, error(404, "NOT_FOUND", "nothing there")).handle(exchange);
    }
  }
}
