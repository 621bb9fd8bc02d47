package dev.diver.catalog.http;

import static dev.diver.catalog.TestCatalog.code;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.catalog.CatalogOptions;
import dev.diver.catalog.TestCatalog;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HostileInputTest {

  private static final CatalogOptions.Limits SMALL =
      new CatalogOptions.Limits(3, 1000, Duration.ofMillis(500), Duration.ofDays(1));

  @TempDir Path folder;
  private TestCatalog catalog;

  @BeforeEach
  void start() {
    catalog = new TestCatalog(folder.resolve("data"), options -> options.withLimits(SMALL));
  }

  @AfterEach
  void stop() {
    catalog.close();
  }

  /** What a client library would tidy up, sent as it is. */
  private String raw(String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), catalog.port())) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v2/../../etc/passwd",
        "/v2/a/../../../etc/passwd/manifests/x",
        "/v2/%2e%2e/%2e%2e/manifests/x",
        "/v2/a%2fb/manifests/x",
        "/v2/a%00/manifests/x",
        "/v2/a//b/manifests/x",
        "/v2/a/./b/manifests/x",
        "/v2/a;x=y/manifests/x",
        "/v2/A/manifests/x",
        "/v2/a/blobs/sha256:../../../../etc/passwd",
        "/v2/a/blobs/sha256:..%2f..%2fcatalog.db",
        "/v2/a/blobs/md5:d41d8cd98f00b204e9800998ecf8427e",
        "/v2/a/blobs/uploads/../../../catalog.db",
        "/v2/a/manifests/..",
        "/v2/a/manifests/.hidden",
        "/v2/a\\b/manifests/x",
      })
  void findsNothingThroughCraftedPaths(String path) throws IOException {
    String answer = raw("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assertTrue(answer.matches("(?s)HTTP/1.1 40[04] .*"), answer);
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /v2/Upper/manifests/x, 400, NAME_INVALID",
    "GET, /v2/a/blobs/sha256:12, 400, DIGEST_INVALID",
    "GET, /v2/a/manifests/sha256:12, 400, DIGEST_INVALID",
    "GET, /v2/a/manifests/none, 404, MANIFEST_UNKNOWN",
    "GET, /v2/a/blobs/uploads/none, 404, BLOB_UPLOAD_UNKNOWN",
    "GET, /v2/a, 404, NOT_FOUND",
    "GET, /v2/a/tags, 404, NOT_FOUND",
    "PUT, /v2/a/manifests/-x, 400, MANIFEST_INVALID",
    "PUT, /v2/a/blobs/sha256:12, 400, DIGEST_INVALID",
    "POST, /v2/a/blobs/uploads/?digest=x, 400, DIGEST_INVALID",
    "POST, /v2/a/blobs/uploads/?mount=x, 400, DIGEST_INVALID",
    "POST, /v2/a/tags/list, 405, UNSUPPORTED",
    "DELETE, /v2/, 405, UNSUPPORTED",
    "GET, /api/v1/kernels/nobody, 404, NAME_UNKNOWN",
    "GET, /api/v1/kernels/UPPER, 400, NAME_INVALID",
    "GET, /api/v1/kernels?size=0, 400, QUERY_INVALID",
    "GET, /api/v1/kernels?size=101, 400, QUERY_INVALID",
    "GET, /api/v1/kernels?page=0, 400, QUERY_INVALID",
    "GET, /api/v1/kernels?page=9999999999, 400, QUERY_INVALID",
    "GET, /api/v1/kernels?page=501, 400, QUERY_INVALID",
    "GET, /api/v1/kernels?sort=random, 400, QUERY_INVALID",
    "PUT, /api/v1/kernels/a/releases/1/yank, 404, MANIFEST_UNKNOWN",
    "PUT, /api/v1/kernels/a, 404, NOT_FOUND",
    "GET, /api/v2, 404, NOT_FOUND",
  })
  void saysWhatIsWrong(String method, String path, int status, String code) {
    HttpResponse<byte[]> response = catalog.send(method, path, new byte[0]);
    assertEquals(status, response.statusCode(), TestCatalog.text(response));
    assertEquals(code, code(response));
  }

  @Test
  void takesNoBlobBeyondTheLimitAndLeavesNothingOfIt() throws IOException {
    HttpResponse<byte[]> put = catalog.send("PATCH", catalog.beginUpload("a"), new byte[1001]);
    assertEquals(413, put.statusCode());
    byte[] large = new byte[5000];
    HttpResponse<byte[]> post =
        catalog.send(
            "POST",
            "/v2/a/blobs/uploads/?digest=" + dev.diver.kernels.reference.Digest.of(large),
            large);
    assertEquals(413, post.statusCode());
    try (var files = Files.list(folder.resolve("data/blobs/sha256"))) {
      assertEquals(0, files.count());
    }
  }

  @Test
  void takesOnlySoManyUploadsAtOnce() {
    for (int i = 0; i < 3; i++) {
      assertTrue(catalog.beginUpload("a").startsWith("/v2/a/"));
    }
    HttpResponse<byte[]> fourth = catalog.send("POST", "/v2/a/blobs/uploads/", new byte[0]);
    assertEquals(429, fourth.statusCode());
    assertEquals("TOOMANYREQUESTS", code(fourth));
  }

  @Test
  void readsTheContentOfARefusedRequestToItsEnd() throws IOException {
    String refused = "PATCH /v2/a/blobs/uploads/none HTTP/1.1\r\nHost: x\r\nContent-Length: ";
    String next = "GET /v2/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    String answers = raw(refused + "5\r\n\r\nhello" + next);
    assertTrue(answers.matches("(?s)HTTP/1.1 404 .*HTTP/1.1 200 .*"), answers);
  }

  @Test
  void readsTheContentOfARefusedRequestOnlySoFar() throws IOException {
    String content = "x".repeat(Errors.DISCARDED_BYTES);
    String answer =
        raw(
            "PATCH /v2/a/blobs/uploads/none HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s"
                .formatted(content.length() + 1, content));
    assertTrue(answer.matches("(?s)HTTP/1.1 404 .*Connection: close.*"), answer);
  }

  @Test
  void dropsAClientThatFallsSilentAndKeepsWhatItSent() throws IOException {
    String upload = catalog.beginUpload("a");
    String answer =
        raw("PATCH " + upload + " HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\nhalf");
    assertTrue(answer.isEmpty() || answer.matches("(?s)HTTP/1.1 [45].*"), answer);
    // on a connection of its own: one that a client keeps may be dropped for its silence just now
    String more =
        raw(
            "PATCH "
                + upload
                + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Range: 0-4\r\n"
                + "Content-Length: 5\r\n\r\nwhole");
    assertTrue(more.startsWith("HTTP/1.1 202 "), more);
  }

  @Test
  void refusesHeadersWithoutEnd() throws IOException {
    String answer =
        raw("GET /v2/ HTTP/1.1\r\nHost: x\r\nX-Long: " + "y".repeat(100_000) + "\r\n\r\n");
    assertTrue(answer.startsWith("HTTP/1.1 431"), answer);
  }

  @Test
  void takesNoWritesFromForeignPages() {
    HttpResponse<byte[]> post =
        catalog.send("POST", "/v2/a/blobs/uploads/", new byte[0], "Origin", "http://evil.example");
    assertEquals(403, post.statusCode());
    assertEquals("DENIED", code(post));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "%22",
        "%22%22",
        "a%22%20OR%20%22b",
        "name:x",
        "NEAR(a%20b)",
        "*",
        "%22*",
        "a%20AND",
        "NOT",
        "%7Bname%7D:x",
        "%5E",
        "(",
        "%00",
        "a%00b",
        "%27;DROP%20TABLE%20kernel;--",
        "%F0%9F%90%A0",
        "%EF%BF%BF",
        "-",
        "%E2%80%AE",
        "+",
        "%25%5F"
      })
  void searchesForAnythingWithoutTakingItAsSyntax(String text) {
    for (String sort : new String[] {"relevance", "name", "updated", "pulls"}) {
      HttpResponse<byte[]> found =
          catalog.get("/api/v1/kernels?sort=" + sort + "&q=" + text + "&tag=" + text);
      assertEquals(200, found.statusCode(), TestCatalog.text(found));
      assertEquals(0, TestCatalog.json(found).path("total").asInt());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"%", "%ZZ", "%C0%AF", "%FF"})
  void survivesMalformedEscapes(String text) throws IOException {
    String answer =
        raw("GET /api/v1/kernels?q=" + text + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assertTrue(answer.matches("(?s)HTTP/1.1 (200|400) .*"), answer);
  }
}
