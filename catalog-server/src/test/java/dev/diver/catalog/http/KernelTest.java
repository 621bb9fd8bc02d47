package dev.diver.catalog.http;

import static dev.diver.catalog.TestCatalog.bytes;
import static dev.diver.catalog.TestCatalog.code;
import static dev.diver.catalog.TestCatalog.header;
import static dev.diver.catalog.TestCatalog.json;
import static dev.diver.catalog.TestCatalog.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.catalog.TestCatalog;
import dev.diver.catalog.TestCatalog.Kernel;
import dev.diver.kernels.oci.MediaTypes;
import dev.diver.kernels.reference.Digest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What holds for kernel packages beyond other artifacts. */
final class KernelTest {

  private static final String KERNEL = "/api/v1/kernels/team/remora";

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

  private HttpResponse<byte[]> push(String version, String content) {
    return catalog.pushKernel(Kernel.of("team/remora", version), version, content, "latest");
  }

  private static String digest(HttpResponse<byte[]> pushed) {
    return header(pushed, "Docker-Content-Digest");
  }

  @Test
  void isDescribedByItsNewestRelease() {
    push("0.9.0", "a");
    String newest = digest(push("0.10.0", "bb"));
    push("0.10.0-rc1", "ccc");
    catalog.pushKernel(Kernel.of("team/remora", "0.10.0"), "latest", "bb", "latest");
    JsonNode kernel = catalog.json(KERNEL);
    assertEquals("team/remora", kernel.path("name").asString());
    assertEquals("0.10.0", kernel.path("version").asString());
    assertEquals(newest, kernel.path("latest").asString());
    assertEquals("[\"0.10.0\",\"0.10.0-rc1\",\"0.9.0\"]", kernel.path("versions").toString());
    assertEquals("[\"full-vm\"]", kernel.path("modes").toString());
    assertEquals("MIT", kernel.at("/spec/license").asString());
    assertEquals(4, kernel.path("releases").size());
    assertEquals(newest, kernel.at("/releases/0/digest").asString());
    assertTrue(kernel.at("/releases/0/published").asString().endsWith("Z"));
    int spec = Kernel.of("team/remora", "0.10.0").spec().length;
    assertEquals(spec + 2, kernel.path("size").asInt());
  }

  @Test
  void doesNotMoveAPublishedTag() {
    String first = digest(push("1.0", "one"));
    assertEquals(first, digest(push("1.0", "one")), "the same again is no change");
    HttpResponse<byte[]> second = push("1.0", "two");
    assertEquals(409, second.statusCode());
    assertEquals("TAG_IMMUTABLE", code(second));
    byte[] artifact = catalog.manifest("team/remora", "no kernel", "");
    assertEquals("TAG_IMMUTABLE", code(catalog.pushManifest("team/remora", "1.0", artifact)));
    assertEquals(
        first, header(catalog.get("/v2/team/remora/manifests/1.0"), "Docker-Content-Digest"));
  }

  @Test
  void movesATagThatItsPublisherDeclaredMoving() {
    Kernel kernel = Kernel.of("team/remora", "1.0");
    catalog.pushKernel(kernel, "latest", "one", "nightly,latest");
    HttpResponse<byte[]> moved = catalog.pushKernel(kernel, "latest", "two", "");
    assertEquals(201, moved.statusCode(), text(moved));
    HttpResponse<byte[]> again = catalog.pushKernel(kernel, "latest", "three", "latest");
    assertEquals(409, again.statusCode(), "the manifest being replaced decides");
  }

  @Test
  void vanishesWhenYankedAndComesBack() {
    String old = digest(push("1.0", "one"));
    String bad = digest(push("1.1", "two"));
    String yank = KERNEL + "/releases/1.1/yank";
    assertEquals(204, catalog.send("PUT", yank, new byte[0]).statusCode());
    HttpResponse<byte[]> byTag = catalog.get("/v2/team/remora/manifests/1.1");
    assertEquals(404, byTag.statusCode());
    assertEquals("MANIFEST_UNKNOWN", code(byTag));
    assertTrue(text(byTag).contains("yanked"), text(byTag));
    assertEquals(200, catalog.get("/v2/team/remora/manifests/" + bad).statusCode());
    assertEquals("[\"1.0\"]", catalog.json("/v2/team/remora/tags/list").path("tags").toString());
    JsonNode kernel = catalog.json(KERNEL);
    assertEquals(old, kernel.path("latest").asString());
    assertEquals("[\"1.0\"]", kernel.path("versions").toString());
    assertTrue(kernel.at("/releases/0/yanked").asBoolean());
    assertEquals("TAG_IMMUTABLE", code(push("1.1", "three")), "yanking frees no tag");

    catalog.send("PUT", KERNEL + "/releases/1.0/yank", new byte[0]);
    assertEquals(0, catalog.json("/api/v1/kernels?q=remora").path("total").asInt());
    assertEquals(404, catalog.get(KERNEL).statusCode());
    assertEquals(204, catalog.send("DELETE", yank, new byte[0]).statusCode());
    assertEquals("1.1", catalog.json(KERNEL).path("version").asString());
  }

  @Test
  void aloneCanBeYanked() {
    catalog.pushManifest("app", "v1", catalog.manifest("app", "one", ""));
    HttpResponse<byte[]> yank =
        catalog.send("PUT", "/api/v1/kernels/app/releases/v1/yank", new byte[0]);
    assertEquals("UNSUPPORTED", code(yank));
  }

  @Test
  void vanishesFromSearchWithItsLastTag() {
    String pushed = digest(push("1.0", "one"));
    assertEquals(1, catalog.json("/api/v1/status").path("kernels").asInt());
    catalog.send("DELETE", "/v2/team/remora/manifests/" + pushed, new byte[0]);
    assertEquals(0, catalog.json("/api/v1/kernels").path("total").asInt());
    assertEquals(0, catalog.json("/api/v1/kernels?q=remora").path("total").asInt());
  }

  @Test
  void countsPullsOfManifestsButNotLooksAtThem() throws Exception {
    push("1.0", "one");
    String path = "/v2/team/remora/manifests/1.0";
    catalog.send("HEAD", path, new byte[0]);
    for (int i = 0; i < 3; i++) {
      catalog.get(path);
    }
    catalog.close();
    catalog = new TestCatalog(data);
    assertEquals(3, catalog.json(KERNEL).path("pulls").asInt());
    push("1.1", "two");
    assertEquals(3, catalog.json(KERNEL).path("pulls").asInt(), "a new release keeps them");
  }

  @Test
  void needsASpecThatIsOne() {
    for (String spec : new String[] {"{}", "[1]", "x", "{\"name\":\"a\",\"version\":7}"}) {
      Digest config = catalog.pushBlob("bad", bytes(spec));
      byte[] manifest =
          bytes(
              """
              {"schemaVersion":2,"artifactType":"%s",
               "config":{"mediaType":"a/b","digest":"%s","size":%d},"layers":[]}
              """
                  .formatted(MediaTypes.KERNEL, config, spec.length()));
      HttpResponse<byte[]> put = catalog.pushManifest("bad", "1", manifest);
      assertEquals("MANIFEST_INVALID", code(put), spec);
      assertTrue(json(put).toString().contains("kernel spec"), text(put));
    }
  }

  @Test
  void takesASpecOfALaterVersionAndCleansWhatItShows() {
    String spec =
        "{\"name\":\"new\",\"version\":\"9\",\"summary\":\"a\\u001b[31mb\\u202ec\","
            + "\"tags\":[\"t\",7,\"\"],\"boot\":{\"protocol\":\"not-known-yet\"},\"modes\":[]}";
    Digest config = catalog.pushBlob("new", bytes(spec));
    byte[] manifest =
        bytes(
            """
            {"schemaVersion":2,"artifactType":"%s",
             "config":{"mediaType":"a/b","digest":"%s","size":%d},"layers":[]}
            """
                .formatted(MediaTypes.KERNEL, config, spec.length()));
    assertEquals(201, catalog.pushManifest("new", "9", manifest).statusCode());
    JsonNode found = catalog.json("/api/v1/kernels?q=new").at("/kernels/0");
    assertEquals("a [31mb c", found.path("summary").asString());
    assertEquals("[\"t\",\"7\"]", found.path("tags").toString());
  }
}
