package dev.diver.catalog.http;

import static dev.diver.catalog.TestCatalog.bytes;
import static dev.diver.catalog.TestCatalog.code;
import static dev.diver.catalog.TestCatalog.header;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import at.favre.lib.crypto.bcrypt.BCrypt;
import dev.diver.catalog.CatalogOptions;
import dev.diver.catalog.CatalogServer;
import dev.diver.catalog.TestCatalog;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure.Kind;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AccessTest {

  private static final String UPLOADS = "/v2/app/blobs/uploads/";

  @TempDir Path folder;

  private Path passwords() throws IOException {
    String hash =
        BCrypt.with(BCrypt.Version.VERSION_2Y).hashToString(4, "sesame: öffne".toCharArray());
    return Files.writeString(folder.resolve("htpasswd"), "# users\n\nann:" + hash + "\n");
  }

  private static String basic(String credentials) {
    return "Basic " + Base64.getEncoder().encodeToString(bytes(credentials));
  }

  private static HttpResponse<byte[]> push(TestCatalog catalog, String authorization) {
    return catalog.send("POST", UPLOADS, new byte[0], "Authorization", authorization);
  }

  @Test
  void writingNeedsAUserAndReadingDoesNot() throws Exception {
    Path passwords = passwords();
    try (TestCatalog catalog =
        new TestCatalog(folder.resolve("data"), options -> options.withHtpasswd(passwords))) {
      HttpResponse<byte[]> anonymous = catalog.send("POST", UPLOADS, new byte[0]);
      assertEquals(401, anonymous.statusCode());
      assertEquals("UNAUTHORIZED", code(anonymous));
      assertTrue(header(anonymous, "WWW-Authenticate").startsWith("Basic realm="));
      assertEquals(401, push(catalog, basic("ann:wrong")).statusCode());
      assertEquals(401, push(catalog, basic("bob:sesame: öffne")).statusCode());
      assertEquals(401, push(catalog, basic(":")).statusCode());
      assertEquals(401, push(catalog, "Basic !!!").statusCode());
      assertEquals(401, push(catalog, "Bearer x").statusCode());
      assertEquals(202, push(catalog, basic("ann:sesame: öffne")).statusCode());
      assertEquals(202, push(catalog, basic("ann:sesame: öffne")).statusCode(), "remembered");
      assertEquals(401, push(catalog, basic("ann:sesame: öffnet")).statusCode());
      assertEquals(200, catalog.get("/api/v1/kernels").statusCode());
      assertEquals(404, catalog.get("/v2/app/manifests/x").statusCode());
      assertEquals(401, catalog.get("/v2/").statusCode(), "so that clients know to ask");
      assertEquals(
          401, catalog.send("PUT", "/api/v1/kernels/a/releases/1/yank", new byte[0]).statusCode());
    }
  }

  @Test
  void readingNeedsAUserIfAskedFor() throws Exception {
    Path passwords = passwords();
    try (TestCatalog catalog =
        new TestCatalog(
            folder.resolve("data"),
            options -> options.withHtpasswd(passwords).withAuthRead(true))) {
      for (String path : new String[] {"/api/v1/kernels", "/v2/app/manifests/x", "/v2/"}) {
        assertEquals(401, catalog.get(path).statusCode(), path);
        String user = basic("ann:sesame: öffne");
        assertTrue(catalog.get(path, "Authorization", user).statusCode() != 401, path);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ann",
        ":x",
        "ann:plain",
        "ann:{SHA}qUqP5cyxm6YcTAhz05Hph5gvu9M=",
        "ann:$apr1$x$6mYQ",
        "ann:$2y$04$tooshort"
      })
  void refusesPasswordFilesItCannotTrust(String line) throws Exception {
    Path file = Files.writeString(folder.resolve("weak"), "# first\n" + line + "\n");
    CatalogOptions options = CatalogOptions.of(folder.resolve("data")).withHtpasswd(file);
    DiverException refused = assertThrows(DiverException.class, () -> CatalogServer.start(options));
    assertEquals(Kind.INVALID, refused.failure().kind());
    assertTrue(refused.failure().what().contains("line 2"), refused.failure().what());
  }

  @Test
  void refusesToBeOpenToANetworkUnlessTold() {
    CatalogOptions everywhere =
        CatalogOptions.of(folder.resolve("data")).withPort(0).withHost("0.0.0.0");
    DiverException refused =
        assertThrows(DiverException.class, () -> CatalogServer.start(everywhere));
    assertEquals(Kind.DENIED, refused.failure().kind());
    try (CatalogServer open = CatalogServer.start(everywhere.withInsecureOpen(true))) {
      assertTrue(open.port() > 0);
    }
  }
}
