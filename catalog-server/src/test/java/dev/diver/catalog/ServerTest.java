package dev.diver.catalog;

import static dev.diver.catalog.TestCatalog.code;
import static dev.diver.catalog.TestCatalog.random;
import static dev.diver.catalog.TestCatalog.text;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.catalog.TestCatalog.Kernel;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure.Kind;
import dev.diver.kernels.reference.Digest;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Starting, stopping, and what is there afterwards. */
final class ServerTest {

  @TempDir Path data;

  private static Kind failure(CatalogOptions options) {
    return assertThrows(DiverException.class, () -> CatalogServer.start(options)).failure().kind();
  }

  @Test
  void ownsItsFolder() {
    try (TestCatalog first = new TestCatalog(data)) {
      assertTrue(first.port() > 0);
      assertEquals(Kind.CONFLICT, failure(CatalogOptions.of(data).withPort(0)));
    }
    try (TestCatalog second = new TestCatalog(data)) {
      assertEquals(200, second.get("/v2/").statusCode());
    }
  }

  @Test
  void saysThatAPortIsTaken() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      CatalogOptions options = CatalogOptions.of(data).withPort(taken.getLocalPort());
      assertEquals(Kind.CONFLICT, failure(options));
    }
    try (TestCatalog later = new TestCatalog(data)) {
      assertTrue(later.port() > 0, "the failed start let the folder go");
    }
  }

  @Test
  void saysThatAFolderCannotBeUsed() throws Exception {
    Path file = Files.writeString(data.resolve("file"), "x");
    assertEquals(Kind.DENIED, failure(CatalogOptions.of(file.resolve("data")).withPort(0)));
  }

  @Test
  void greetsPeople() {
    try (TestCatalog catalog = new TestCatalog(data)) {
      String greeting = text(catalog.get("/"));
      assertTrue(greeting.startsWith("200 This is a Diver catalog"), greeting);
      assertTrue(greeting.contains("DIVER_CATALOG=http://127.0.0.1:" + catalog.port()), greeting);
    }
  }

  @Test
  void makesALostDatabaseAgain() throws Exception {
    String before;
    try (TestCatalog catalog = new TestCatalog(data)) {
      catalog.pushKernel(Kernel.of("a/k", "1.0"), "1.0", "one", "");
      catalog.pushKernel(Kernel.of("a/k", "1.1"), "1.1", "two", "");
      catalog.send("PUT", "/api/v1/kernels/a/k/releases/1.1/yank", new byte[0]);
      catalog.pushKernel(Kernel.of("gone", "1.0"), "1.0", "three", "");
      catalog.send("DELETE", "/v2/gone/manifests/1.0", new byte[0]);
      byte[] artifact = catalog.manifest("app", "four", "");
      catalog.pushManifest("app", "v1", artifact);
      catalog.pushManifest("app", "v2", catalog.manifest("app", "five", ""));
      catalog.send("DELETE", "/v2/app/manifests/" + Digest.of(artifact), new byte[0]);
      before = everything(catalog);
    }
    for (String part : new String[] {"catalog.db", "catalog.db-wal", "catalog.db-shm"}) {
      Files.deleteIfExists(data.resolve(part));
    }
    try (TestCatalog catalog = new TestCatalog(data)) {
      assertEquals(before, everything(catalog));
      assertEquals(
          "TAG_IMMUTABLE", code(catalog.pushKernel(Kernel.of("a/k", "1.0"), "1.0", "x", "")));
    }
  }

  private static String everything(TestCatalog catalog) {
    List<String> all = new ArrayList<>();
    for (String path :
        new String[] {
          "/api/v1/kernels",
          "/api/v1/kernels?q=1",
          "/api/v1/kernels/a/k",
          "/v2/a/k/tags/list",
          "/v2/gone/tags/list",
          "/v2/app/tags/list",
          "/v2/app/manifests/v2"
        }) {
      all.add(path + " " + text(catalog.get(path)));
    }
    return String.join("\n", all);
  }

  @Test
  void forgetsAChangeThatACrashCutShort() throws Exception {
    try (TestCatalog catalog = new TestCatalog(data)) {
      catalog.pushKernel(Kernel.of("k", "1.0"), "1.0", "one", "");
    }
    Path journal = data.resolve("journal.jsonl");
    long whole = Files.size(journal);
    Files.writeString(journal, "{\"change\":\"tag-dele", StandardOpenOption.APPEND);
    Files.writeString(data.resolve("uploads/left-behind"), "half a blob");
    try (TestCatalog catalog = new TestCatalog(data)) {
      assertEquals(whole, Files.size(journal));
      assertEquals(200, catalog.get("/v2/k/manifests/1.0").statusCode());
      try (var uploads = Files.list(data.resolve("uploads"))) {
        assertEquals(0, uploads.count());
      }
    }
  }

  @Test
  void saysThatTheJournalDoesNotFitTheDatabase() throws Exception {
    try (TestCatalog catalog = new TestCatalog(data)) {
      catalog.pushKernel(Kernel.of("k", "1.0"), "1.0", "one", "");
    }
    Files.writeString(data.resolve("journal.jsonl"), "");
    assertEquals(Kind.CORRUPT, failure(CatalogOptions.of(data).withPort(0)));
    Files.writeString(data.resolve("catalog.db"), "not a database ".repeat(100));
    assertEquals(Kind.CORRUPT, failure(CatalogOptions.of(data).withPort(0)));
  }

  @Test
  void servesManyAtOnce() throws Exception {
    byte[] shared = random(2_000_000, 7);
    Digest digest = Digest.of(shared);
    try (TestCatalog catalog = new TestCatalog(data);
        var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> pushes = new ArrayList<>();
      for (int i = 0; i < 24; i++) {
        String name = "k" + i % 8;
        String version = "1." + i;
        pushes.add(
            clients.submit(
                () -> {
                  catalog.pushBlob("shared", shared);
                  assertArrayEquals(shared, catalog.get("/v2/shared/blobs/" + digest).body());
                  var pushed = catalog.pushKernel(Kernel.of(name, version), version, version, "");
                  assertEquals(201, pushed.statusCode(), text(pushed));
                  assertEquals(200, catalog.get("/api/v1/kernels?q=" + name).statusCode());
                }));
      }
      for (Future<?> push : pushes) {
        push.get();
      }
      assertEquals(8, catalog.json("/api/v1/kernels").path("total").asInt());
      assertEquals(3, catalog.json("/api/v1/kernels/k5").path("releases").size());
      try (var uploads = Files.list(data.resolve("uploads"))) {
        assertEquals(0, uploads.count());
      }
    }
  }

  @Test
  void letsOnlyOneOfManyTakeATag() throws Exception {
    try (TestCatalog catalog = new TestCatalog(data);
        var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Integer>> pushes = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        String content = "content " + i;
        pushes.add(
            clients.submit(
                () -> catalog.pushKernel(Kernel.of("k", "1.0"), "1.0", content, "").statusCode()));
      }
      List<Integer> answers = new ArrayList<>();
      for (Future<Integer> push : pushes) {
        answers.add(push.get());
      }
      assertEquals(1, answers.stream().filter(status -> status == 201).count(), "" + answers);
      assertEquals(11, answers.stream().filter(status -> status == 409).count(), "" + answers);
    }
  }
}
