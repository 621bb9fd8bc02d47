package dev.diver.catalog.http;

import static dev.diver.catalog.TestCatalog.bytes;
import static dev.diver.catalog.TestCatalog.code;
import static dev.diver.catalog.TestCatalog.header;
import static dev.diver.catalog.TestCatalog.random;
import static dev.diver.catalog.TestCatalog.text;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.catalog.TestCatalog;
import dev.diver.kernels.reference.Digest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BlobTest {

  private static final byte[] CONTENT = random(300_000, 1);
  private static final Digest DIGEST = Digest.of(CONTENT);
  private static final String BLOB = "/v2/team/app/blobs/" + DIGEST;

  @TempDir Path data;
  private TestCatalog catalog;

  @BeforeEach
  void start() {
    catalog = new TestCatalog(data);
  }

  @AfterEach
  void stop() {
    catalog.close();
  }

  @Test
  void answersAtTheBase() {
    assertEquals("200 {}", text(catalog.get("/v2/")));
    assertEquals("registry/2.0", header(catalog.get("/v2"), "Docker-Distribution-API-Version"));
  }

  @Test
  void givesBackWhatWasPushedInTwoRequests() {
    catalog.pushBlob("team/app", CONTENT);
    HttpResponse<byte[]> get = catalog.get(BLOB);
    assertArrayEquals(CONTENT, get.body());
    assertEquals(DIGEST.toString(), header(get, "Docker-Content-Digest"));
    assertEquals("300000", header(get, "Content-Length"));
    HttpResponse<byte[]> head = catalog.send("HEAD", BLOB, new byte[0]);
    assertEquals(200, head.statusCode());
    assertEquals("300000", header(head, "Content-Length"));
  }

  @Test
  void takesABlobInOneRequest() {
    HttpResponse<byte[]> post =
        catalog.send("POST", "/v2/team/app/blobs/uploads/?digest=" + DIGEST, CONTENT);
    assertEquals(201, post.statusCode());
    assertEquals(BLOB, header(post, "Location"));
    assertArrayEquals(CONTENT, catalog.get(BLOB).body());
  }

  @Test
  void takesChunksInOrderAndTellsWhereItIs() {
    String upload = catalog.beginUpload("team/app");
    HttpResponse<byte[]> first = chunk(upload, 0, 100_000);
    assertEquals(202, first.statusCode());
    assertEquals("0-99999", header(first, "Range"));
    HttpResponse<byte[]> gap = chunk(upload, 150_000, 200_000);
    assertEquals(416, gap.statusCode());
    assertEquals("RANGE_INVALID", code(gap));
    assertEquals("0-99999", header(gap, "Range"));
    HttpResponse<byte[]> status = catalog.get(upload);
    assertEquals(204, status.statusCode());
    assertEquals("0-99999", header(status, "Range"));
    assertEquals(416, chunk(upload, 0, 100_000).statusCode());
    assertEquals(202, chunk(upload, 100_000, 250_000).statusCode());
    HttpResponse<byte[]> put =
        catalog.send(
            "PUT",
            upload + "?digest=" + DIGEST,
            Arrays.copyOfRange(CONTENT, 250_000, 300_000),
            "Content-Range",
            "250000-299999");
    assertEquals(201, put.statusCode());
    assertArrayEquals(CONTENT, catalog.get(BLOB).body());
  }

  private HttpResponse<byte[]> chunk(String upload, int from, int to) {
    return catalog.send(
        "PATCH",
        upload,
        Arrays.copyOfRange(CONTENT, from, to),
        "Content-Range",
        from + "-" + (to - 1));
  }

  @Test
  void takesAStreamWithoutContentRange() {
    String upload = catalog.beginUpload("team/app");
    assertEquals(202, catalog.send("PATCH", upload, CONTENT).statusCode());
    assertEquals(201, catalog.send("PUT", upload + "?digest=" + DIGEST, new byte[0]).statusCode());
    assertArrayEquals(CONTENT, catalog.get(BLOB).body());
  }

  @Test
  void refusesChunksThatContradictThemselves() {
    String upload = catalog.beginUpload("team/app");
    byte[] ten = new byte[10];
    assertEquals("SIZE_INVALID", code(catalog.send("PATCH", upload, ten, "Content-Range", "0-10")));
    assertEquals(
        "BLOB_UPLOAD_INVALID", code(catalog.send("PATCH", upload, ten, "Content-Range", "9-0")));
    assertEquals(
        "BLOB_UPLOAD_INVALID", code(catalog.send("PATCH", upload, ten, "Content-Range", "x")));
  }

  @Test
  void keepsNothingOfABlobWithTheWrongDigest() throws Exception {
    Digest other = Digest.of(bytes("other"));
    String upload = catalog.beginUpload("team/app");
    HttpResponse<byte[]> put = catalog.send("PUT", upload + "?digest=" + other, CONTENT);
    assertEquals(400, put.statusCode());
    assertEquals("DIGEST_INVALID", code(put));
    assertEquals(404, catalog.get("/v2/team/app/blobs/" + other).statusCode());
    assertEquals(404, catalog.get(BLOB).statusCode());
    assertEquals("BLOB_UPLOAD_UNKNOWN", code(catalog.get(upload)));
    assertEmpty(data.resolve("uploads"));
    assertEmpty(data.resolve("blobs/sha256"));
  }

  @Test
  void forgetsACancelledUpload() throws Exception {
    String upload = catalog.beginUpload("team/app");
    catalog.send("PATCH", upload, CONTENT);
    assertEquals(204, catalog.send("DELETE", upload, new byte[0]).statusCode());
    assertEquals("BLOB_UPLOAD_UNKNOWN", code(catalog.send("PATCH", upload, CONTENT)));
    assertEmpty(data.resolve("uploads"));
  }

  private static void assertEmpty(Path folder) throws Exception {
    try (var files = Files.list(folder)) {
      assertEquals(0, files.count(), folder.toString());
    }
  }

  @Test
  void mountsFromAnotherRepositoryAndElseBeginsAnUpload() {
    catalog.pushBlob("team/app", CONTENT);
    String mount = "/v2/other/blobs/uploads/?mount=" + DIGEST;
    assertEquals(404, catalog.get("/v2/other/blobs/" + DIGEST).statusCode());
    HttpResponse<byte[]> wrong = catalog.send("POST", mount + "&from=nobody", new byte[0]);
    assertEquals(202, wrong.statusCode());
    assertTrue(header(wrong, "Location").startsWith("/v2/other/blobs/uploads/"));
    HttpResponse<byte[]> right = catalog.send("POST", mount + "&from=team/app", new byte[0]);
    assertEquals(201, right.statusCode());
    assertArrayEquals(CONTENT, catalog.get("/v2/other/blobs/" + DIGEST).body());
  }

  @Test
  void deletesABlobForOneRepositoryOnly() throws Exception {
    catalog.pushBlob("team/app", CONTENT);
    catalog.pushBlob("other", CONTENT);
    assertEquals(202, catalog.send("DELETE", BLOB, new byte[0]).statusCode());
    assertEquals("BLOB_UNKNOWN", code(catalog.get(BLOB)));
    assertEquals("BLOB_UNKNOWN", code(catalog.send("DELETE", BLOB, new byte[0])));
    assertArrayEquals(CONTENT, catalog.get("/v2/other/blobs/" + DIGEST).body());
    catalog.send("DELETE", "/v2/other/blobs/" + DIGEST, new byte[0]);
    assertEmpty(data.resolve("blobs/sha256"));
  }

  @Test
  void sendsParts() {
    catalog.pushBlob("team/app", CONTENT);
    assertPart("bytes=0-0", 0, 1);
    assertPart("bytes=100-199", 100, 200);
    assertPart("bytes=299999-", 299_999, 300_000);
    assertPart("bytes=100-99999999", 100, 300_000);
    assertPart("bytes=-5", 299_995, 300_000);
    assertPart("bytes=-999999", 0, 300_000);
    for (String all : new String[] {"bytes=5-1", "bytes=0-1,4-5", "lines=1-2", "bytes=-", "x"}) {
      HttpResponse<byte[]> whole = catalog.get(BLOB, "Range", all);
      assertEquals(200, whole.statusCode(), all);
      assertEquals(300_000, whole.body().length, all);
    }
    for (String outside : new String[] {"bytes=300000-", "bytes=300000-300001", "bytes=-0"}) {
      HttpResponse<byte[]> none = catalog.get(BLOB, "Range", outside);
      assertEquals(416, none.statusCode(), outside);
      assertEquals("bytes */300000", header(none, "Content-Range"), outside);
    }
  }

  private void assertPart(String range, int from, int to) {
    HttpResponse<byte[]> part = catalog.get(BLOB, "Range", range);
    assertEquals(206, part.statusCode(), range);
    assertEquals(
        "bytes " + from + "-" + (to - 1) + "/300000", header(part, "Content-Range"), range);
    assertArrayEquals(Arrays.copyOfRange(CONTENT, from, to), part.body(), range);
  }

  @Test
  void sendsAPartOnlyOfTheContentThatTheClientKnows() {
    catalog.pushBlob("team/app", CONTENT);
    String etag = header(catalog.get(BLOB), "ETag");
    assertEquals(304, catalog.get(BLOB, "If-None-Match", etag).statusCode());
    assertEquals(200, catalog.get(BLOB, "If-None-Match", "\"sha256:0\"").statusCode());
    assertEquals(206, catalog.get(BLOB, "Range", "bytes=1-2", "If-Range", etag).statusCode());
    assertEquals(200, catalog.get(BLOB, "Range", "bytes=1-2", "If-Range", "\"x\"").statusCode());
  }

  @Test
  void takesAnEmptyBlob() {
    Digest empty = catalog.pushBlob("team/app", new byte[0]);
    HttpResponse<byte[]> get = catalog.get("/v2/team/app/blobs/" + empty);
    assertEquals(200, get.statusCode());
    assertEquals(0, get.body().length);
  }
}
