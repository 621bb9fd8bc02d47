package dev.diver.catalog.http;

import static dev.diver.catalog.TestCatalog.bytes;
import static dev.diver.catalog.TestCatalog.code;
import static dev.diver.catalog.TestCatalog.header;
import static dev.diver.catalog.TestCatalog.json;
import static dev.diver.catalog.TestCatalog.text;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.catalog.TestCatalog;
import dev.diver.kernels.oci.MediaTypes;
import dev.diver.kernels.reference.Digest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

final class ManifestTest {

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
  void isFoundByTagAndByDigest() {
    byte[] manifest = catalog.manifest("app", "one", "");
    HttpResponse<byte[]> put = catalog.pushManifest("app", "v1", manifest);
    String digest = Digest.of(manifest).toString();
    assertEquals(201, put.statusCode(), text(put));
    assertEquals("/v2/app/manifests/" + digest, header(put, "Location"));
    for (String reference : new String[] {"v1", digest}) {
      HttpResponse<byte[]> get = catalog.get("/v2/app/manifests/" + reference);
      assertArrayEquals(manifest, get.body());
      assertEquals(MediaTypes.MANIFEST, header(get, "Content-Type"));
      assertEquals(digest, header(get, "Docker-Content-Digest"));
    }
    HttpResponse<byte[]> head = catalog.send("HEAD", "/v2/app/manifests/v1", new byte[0]);
    assertEquals(String.valueOf(manifest.length), header(head, "Content-Length"));
    String etag = header(head, "ETag");
    assertEquals(304, catalog.get("/v2/app/manifests/v1", "If-None-Match", etag).statusCode());
  }

  @Test
  void isGivenOnlyToThoseThatTakeItsType() {
    catalog.pushManifest("app", "v1", catalog.manifest("app", "one", ""));
    String path = "/v2/app/manifests/v1";
    assertEquals(200, catalog.get(path, "Accept", "*/*").statusCode());
    assertEquals(200, catalog.get(path, "Accept", "application/*;q=0.5").statusCode());
    assertEquals(
        200,
        catalog
            .get(
                path, "Accept", MediaTypes.INDEX, "Accept", "text/x", "Accept", MediaTypes.MANIFEST)
            .statusCode(),
        "the third Accept line counts too");
    HttpResponse<byte[]> other = catalog.get(path, "Accept", MediaTypes.INDEX);
    assertEquals(404, other.statusCode());
    assertEquals("MANIFEST_UNKNOWN", code(other));
  }

  @Test
  void needsItsBlobsWithTheirSizes() {
    byte[] manifest = catalog.manifest("app", "one", "");
    HttpResponse<byte[]> elsewhere = catalog.pushManifest("other", "v1", manifest);
    assertEquals(404, elsewhere.statusCode());
    assertEquals("MANIFEST_BLOB_UNKNOWN", code(elsewhere));
    byte[] wrongSize =
        bytes(
            new String(manifest, java.nio.charset.StandardCharsets.UTF_8)
                .replace("\"size\":3", "\"size\":4"));
    assertEquals("SIZE_INVALID", code(catalog.pushManifest("app", "v1", wrongSize)));
    assertEquals("NAME_UNKNOWN", code(catalog.get("/v2/other/tags/list")));
  }

  @Test
  void mayLeaveOutWhatTheSpecificationLetsBeElsewhere() {
    String absent = Digest.of(bytes("absent")).toString();
    byte[] foreign =
        bytes(
            """
            {"schemaVersion":2,"config":{"mediaType":"a/b","digest":"%s","size":2},
             "layers":[{"mediaType":"application/vnd.oci.image.layer.nondistributable.v1.tar",
                        "digest":"%s","size":6}]}
            """
                .formatted(catalog.pushBlob("app", bytes("{}")), absent));
    assertEquals(201, catalog.pushManifest("app", "foreign", foreign).statusCode());
    byte[] index =
        bytes(
            """
            {"schemaVersion":2,"mediaType":"%s",
             "manifests":[{"mediaType":"a/b","digest":"%s","size":6}]}
            """
                .formatted(MediaTypes.INDEX, absent));
    assertEquals(
        201,
        catalog
            .send("PUT", "/v2/app/manifests/sparse", index, "Content-Type", MediaTypes.INDEX)
            .statusCode());
  }

  @Test
  void mayHaveATypeThatNobodyKnows() {
    byte[] strange = bytes("{\"mediaType\":\"application/vnd.strange+json\",\"x\":[1,{}]}");
    HttpResponse<byte[]> put =
        catalog.send(
            "PUT",
            "/v2/app/manifests/s",
            strange,
            "Content-Type",
            "application/vnd.strange+json; charset=utf-8");
    assertEquals(201, put.statusCode(), text(put));
    HttpResponse<byte[]> get = catalog.get("/v2/app/manifests/s");
    assertArrayEquals(strange, get.body());
    assertEquals("application/vnd.strange+json", header(get, "Content-Type"));
  }

  @Test
  void isRefusedWhereItIsMalformed() {
    String digest = catalog.pushBlob("app", bytes("{}")).toString();
    String config = "\"config\":{\"mediaType\":\"a/b\",\"digest\":\"" + digest + "\",\"size\":2}";
    for (String wrong :
        new String[] {
          "",
          "{",
          "[]",
          "null",
          "{\"layers\":[]}",
          "{" + config + ",\"layers\":{}}",
          "{" + config + ",\"layers\":[7]}",
          "{" + config + ",\"layers\":[{\"digest\":\"sha256:12\",\"size\":1}]}",
          "{" + config + ",\"layers\":[{\"digest\":\"" + digest + "\",\"size\":-1}]}",
          "{" + config + ",\"layers\":[{\"digest\":\"" + digest + "\",\"size\":1e99}]}",
          "{" + config + ",\"subject\":\"x\"}",
          "{" + config + ",\"annotations\":[]}",
          "{" + config + ",\"mediaType\":\"other/type\"}",
          "[".repeat(100_000),
        }) {
      HttpResponse<byte[]> put = catalog.pushManifest("app", "v1", bytes(wrong));
      assertEquals(400, put.statusCode(), wrong);
      assertEquals("MANIFEST_INVALID", code(put), wrong);
    }
    assertEquals(404, catalog.get("/v2/app/manifests/v1").statusCode());
  }

  @Test
  void isRefusedWhereItIsTooLargeOrNotWhatItsDigestSays() {
    byte[] large = bytes("{\"x\":\"" + "y".repeat(4 * 1024 * 1024) + "\"}");
    HttpResponse<byte[]> put = catalog.pushManifest("app", "v1", large);
    assertEquals(413, put.statusCode());
    byte[] manifest = catalog.manifest("app", "one", "");
    String other = Digest.of(bytes("other")).toString();
    assertEquals("DIGEST_INVALID", code(catalog.pushManifest("app", other, manifest)));
  }

  @Test
  void movesItsTagUnlessItIsAKernel() {
    byte[] first = catalog.manifest("app", "one", "");
    byte[] second = catalog.manifest("app", "two", "");
    catalog.pushManifest("app", "v1", first);
    assertEquals(201, catalog.pushManifest("app", "v1", second).statusCode());
    assertArrayEquals(second, catalog.get("/v2/app/manifests/v1").body());
    assertArrayEquals(first, catalog.get("/v2/app/manifests/" + Digest.of(first)).body());
  }

  @Test
  void isDeletedByTagAndByDigest() {
    byte[] manifest = catalog.manifest("app", "one", "");
    catalog.pushManifest("app", "a", manifest);
    catalog.pushManifest("app", "b", manifest);
    String byDigest = "/v2/app/manifests/" + Digest.of(manifest);
    assertEquals(202, catalog.send("DELETE", "/v2/app/manifests/a", new byte[0]).statusCode());
    assertEquals("MANIFEST_UNKNOWN", code(catalog.get("/v2/app/manifests/a")));
    assertEquals(200, catalog.get("/v2/app/manifests/b").statusCode());
    String blob = "/v2/app/blobs/" + Digest.of(bytes("one"));
    HttpResponse<byte[]> used = catalog.send("DELETE", blob, new byte[0]);
    assertEquals("IN_USE", code(used));
    assertEquals(202, catalog.send("DELETE", byDigest, new byte[0]).statusCode());
    assertEquals(404, catalog.get("/v2/app/manifests/b").statusCode());
    assertEquals(404, catalog.get(byDigest).statusCode());
    assertEquals(404, catalog.send("DELETE", byDigest, new byte[0]).statusCode());
    assertEquals(202, catalog.send("DELETE", blob, new byte[0]).statusCode());
  }

  @Test
  void isListedWithItsTagsPageByPage() {
    byte[] manifest = catalog.manifest("app", "one", "");
    for (String tag : new String[] {"b", "A", "c", "a", "1.0"}) {
      catalog.pushManifest("app", tag, manifest);
    }
    assertEquals(
        "{\"name\":\"app\",\"tags\":[\"1.0\",\"A\",\"a\",\"b\",\"c\"]}",
        catalog.json("/v2/app/tags/list").toString());
    HttpResponse<byte[]> page = catalog.get("/v2/app/tags/list?n=2");
    assertEquals("[\"1.0\",\"A\"]", json(page).path("tags").toString());
    assertEquals("</v2/app/tags/list?n=2&last=A>; rel=\"next\"", header(page, "Link"));
    HttpResponse<byte[]> last = catalog.get("/v2/app/tags/list?n=3&last=A");
    assertEquals("[\"a\",\"b\",\"c\"]", json(last).path("tags").toString());
    assertTrue(last.headers().firstValue("Link").isEmpty());
    assertEquals("[]", catalog.json("/v2/app/tags/list?n=0").path("tags").toString());
    assertEquals(400, catalog.get("/v2/app/tags/list?n=-1").statusCode());
    assertEquals("NAME_UNKNOWN", code(catalog.get("/v2/nobody/tags/list")));
  }

  @Test
  void isFoundByWhatItRefersTo() {
    Digest subject = Digest.of(bytes("not even here"));
    String more =
        ",\"artifactType\":\"text/sbom\",\"annotations\":{\"k\":\"v\"},"
            + "\"subject\":{\"mediaType\":\"a/b\",\"digest\":\""
            + subject
            + "\",\"size\":13}";
    byte[] sbom = catalog.manifest("app", "sbom", more);
    HttpResponse<byte[]> put = catalog.pushManifest("app", Digest.of(sbom).toString(), sbom);
    assertEquals(subject.toString(), header(put, "OCI-Subject"));
    byte[] signature = catalog.manifest("app", "sig", more.replace("text/sbom", "text/sig"));
    catalog.pushManifest("app", "sig", signature);

    JsonNode all = catalog.json("/v2/app/referrers/" + subject);
    assertEquals(MediaTypes.INDEX, all.path("mediaType").asString());
    assertEquals(2, all.path("manifests").size());
    HttpResponse<byte[]> some =
        catalog.get("/v2/app/referrers/" + subject + "?artifactType=text/sbom");
    assertEquals(MediaTypes.INDEX, header(some, "Content-Type"));
    assertEquals("artifactType", header(some, "OCI-Filters-Applied"));
    JsonNode only = json(some).path("manifests");
    assertEquals(1, only.size());
    assertEquals(Digest.of(sbom).toString(), only.at("/0/digest").asString());
    assertEquals(sbom.length, only.at("/0/size").asInt());
    assertEquals("v", only.at("/0/annotations/k").asString());

    String none = "/v2/app/referrers/" + Digest.of(bytes("x"));
    assertEquals(0, catalog.json(none).path("manifests").size());
    assertFalse(catalog.get(none).statusCode() == 404);
    catalog.send("DELETE", "/v2/app/manifests/" + Digest.of(sbom), new byte[0]);
    assertEquals(1, catalog.json("/v2/app/referrers/" + subject).path("manifests").size());
  }
}
