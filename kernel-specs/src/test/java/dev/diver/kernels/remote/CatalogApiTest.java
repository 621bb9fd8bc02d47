package dev.diver.kernels.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.sun.net.httpserver.HttpHandler;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.reference.Digest;
import dev.diver.kernels.reference.KernelReference;
import dev.diver.kernels.store.KernelStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** The catalog's own API: search, look-up, yanking, and what it adds to a "not found". */
class CatalogApiTest {

  private static final Digest DIGEST = Digest.of(new byte[0]);
  private static final String SUMMARY =
      """
      "name":"tiny","version":"1.1","latest":"%s","summary":"A \\u001b[31mred\\u001b[0m kernel",
      "tags":["hpc"],"modes":["full-vm"],"arch":"x86_64","boot":"pvh",
      "abi":"linux","languages":["c"],"hypervisors":["qemu-pc"],"license":"MIT","pulls":12,
      "updated":"2026-01-02T03:04:05Z","size":123,"versions":["1.1","0.9"]\
      """
          .formatted(DIGEST);
  private static final String INFO =
      """
      {%s,"spec":%s,"releases":[
        {"version":"1.1","digest":"%s","size":123,"published":"2026-01-02T03:04:05Z"},
        {"version":"1.0","digest":"%s","size":120,"yanked":true},
        {"version":"bad","digest":"sha256:0"}]}\
      """
          .formatted(
              SUMMARY, new String(TestPackage.spec(), StandardCharsets.UTF_8), DIGEST, DIGEST);

  @TempDir Path folder;
  private FaultyServer server;
  private CatalogClient client;

  @BeforeEach
  void start() throws IOException {
    server = new FaultyServer();
    client = new CatalogClient(server.address(), new CredentialStore(folder.resolve("auth.json")));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Failure failureOfPull(String reference) {
    KernelStore store = KernelStore.open(folder.resolve("store"));
    return failure(() -> client.pull(KernelReference.parse(reference), store, Progress.NONE));
  }

  private static Failure failure(Executable action) {
    return assertThrows(DiverException.class, action).failure();
  }

  @Test
  void searches() {
    server.answer(
        "/api/v1/kernels",
        FaultyServer.json(
            200, "{\"total\":41,\"page\":3,\"size\":20,\"kernels\":[{" + SUMMARY + "},{}]}"));
    SearchPage page =
        client.search(
            new SearchQuery(
                "lightweight & fast",
                Map.of(
                    SearchFilter.TAG, List.of("hpc"),
                    SearchFilter.MODE, List.of("full-vm"),
                    SearchFilter.HANDLES, List.of("futex,mmap", "brk"),
                    SearchFilter.LANGUAGE, List.of("c++")),
                SearchQuery.Sort.PULLS,
                3,
                20));

    assertEquals(
        "q=lightweight &"
            + " fast&tag=hpc&mode=full-vm&handles=futex,mmap&handles=brk&language=c++&sort=pulls&page=3&size=20",
        server.asked.getFirst().query());
    assertEquals(41, page.total());
    assertEquals(
        new KernelSummary(
            "tiny",
            "1.1",
            Optional.of(DIGEST),
            "A [31mred [0m kernel",
            List.of("hpc"),
            List.of("full-vm"),
            "x86_64",
            "pvh",
            "linux",
            List.of("c"),
            List.of("qemu-pc"),
            "MIT",
            12,
            Optional.of(Instant.parse("2026-01-02T03:04:05Z")),
            123,
            List.of("1.1", "0.9")),
        page.kernels().getFirst());
    assertEquals("", page.kernels().getLast().name());
  }

  @Test
  void passesOnWhatTheCatalogSaysOfABadFilter() {
    server.answer(
        "/api/v1/kernels",
        FaultyServer.json(
            400,
            "{\"errors\":[{\"code\":\"QUERY_INVALID\",\"message\":\"There is no ABI \\\"x\\\".\","
                + "\"detail\":\"Write one of: linux, none.\"}]}"));
    assertEquals(
        new Failure(Failure.Kind.INVALID, "There is no ABI \"x\".", "Write one of: linux, none."),
        failure(() -> client.search(SearchQuery.of("x"))));
  }

  @Test
  void looksUp() {
    server.answer("/api/v1/kernels/team/tiny", FaultyServer.json(200, INFO));
    KernelInfo info = client.info("team/tiny");
    assertEquals("A kernel for tests", info.spec().summary());
    assertEquals(List.of("1.1", "1.0"), info.releases().stream().map(r -> r.version()).toList());
    assertEquals(List.of(false, true), info.releases().stream().map(r -> r.yanked()).toList());
  }

  @Test
  void tellsItsStatus() {
    server.answer(
        "/api/v1/status",
        FaultyServer.json(200, "{\"name\":\"diver-catalog\",\"version\":\"1\",\"kernels\":7}"));
    assertEquals(new CatalogStatus("diver-catalog", "1", 7), client.status());
  }

  @Test
  void yanksAndUnyanks() {
    HttpHandler done = exchange -> exchange.sendResponseHeaders(204, -1);
    server.answer("/api/v1/kernels/team/tiny/releases/1.0/yank", done);
    client.yank("team/tiny", "1.0");
    client.unyank("team/tiny", "1.0");
    assertEquals(List.of("PUT", "DELETE"), server.asked.stream().map(a -> a.method()).toList());
  }

  @Test
  void whoMayNotYankIsToldSo() {
    server.answer(
        "/api/v1/kernels/tiny/releases/1.0/yank",
        FaultyServer.error(403, "DENIED", "only for publishers"));
    assertEquals(
        new Failure(
            Failure.Kind.DENIED,
            "Tried to yank tiny:1.0 but %s answered 403: only for publishers."
                .formatted(server.address().getAuthority()),
            "Log in as someone who may, or ask those who run the catalog."),
        failure(() -> client.yank("tiny", "1.0")));
  }

  @Test
  void aNameThatCouldLeaveItsPathIsRefused() {
    assertEquals(Failure.Kind.INVALID, failure(() -> client.info("../status")).kind());
    assertEquals(Failure.Kind.INVALID, failure(() -> client.yank("tiny", "../1")).kind());
    assertEquals(List.of(), server.asked);
  }

  @Test
  void anUnknownNameBringsTheNearest() {
    server.answer(
        "/api/v1/kernels",
        FaultyServer.json(200, "{\"kernels\":[{\"name\":\"tiny\"},{\"name\":\"team/tiny\"}]}"));
    assertEquals(
        new Failure(
            Failure.Kind.NOT_FOUND,
            "The catalog has no kernel named tinny.",
            "Did you mean tiny or team/tiny?"),
        failureOfPull("tinny:1.0"));
    assertEquals("q=tinny&size=3", server.asked("/api/v1/kernels").getFirst().query());
    assertEquals("Did you mean tiny or team/tiny?", failure(() -> client.info("tinny")).remedy());
  }

  @Test
  void anUnknownVersionBringsThoseThatAreThere() {
    server.answer("/api/v1/kernels/tiny", FaultyServer.json(200, INFO));
    assertEquals(
        new Failure(
            Failure.Kind.NOT_FOUND,
            "The catalog has tiny, but not as tiny:2.0.",
            "Use one of its versions: 1.1, 0.9."),
        failureOfPull("tiny:2.0"));
  }

  @Test
  void aYankedVersionIsCalledSo() {
    server.answer("/api/v1/kernels/tiny", FaultyServer.json(200, INFO));
    server.answer(
        FaultyServer.MANIFEST_PATH, FaultyServer.error(404, "MANIFEST_UNKNOWN", "yanked"));
    assertEquals(
        new Failure(
            Failure.Kind.NOT_FOUND,
            "tiny:1.0 was yanked by its publisher.",
            "Use one of its versions: 1.1, 0.9. If it must be this one: `diver pull tiny@"
                + DIGEST
                + "`."),
        failureOfPull("tiny:1.0"));
  }
}
