package dev.diver.kernels.remote;

import static dev.diver.kernels.remote.FaultyServer.IMAGE;
import static dev.diver.kernels.remote.FaultyServer.IMAGE_PATH;
import static dev.diver.kernels.remote.FaultyServer.MANIFEST_PATH;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpHandler;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.oci.Descriptor;
import dev.diver.kernels.oci.Manifest;
import dev.diver.kernels.oci.MediaTypes;
import dev.diver.kernels.reference.Digest;
import dev.diver.kernels.reference.KernelReference;
import dev.diver.kernels.store.KernelStore;
import dev.diver.kernels.store.StoredKernel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** What the client does when a server does not do what it should. */
class FaultTest {

  private static final KernelReference TINY = KernelReference.parse("tiny:1.0");
  private static final Timeouts IMPATIENT =
      new Timeouts(Duration.ofSeconds(5), Duration.ofSeconds(1), Duration.ofMillis(1));
  private static final Credential ALI = new Credential("ali", "open sesame");
  private static final String ALI_BASIC =
      "Basic "
          + Base64.getEncoder().encodeToString("ali:open sesame".getBytes(StandardCharsets.UTF_8));

  @TempDir Path folder;
  private FaultyServer server;
  private CredentialStore credentials;
  private KernelStore store;
  private CatalogClient client;

  @BeforeEach
  void start() throws IOException {
    server = new FaultyServer();
    credentials = new CredentialStore(folder.resolve("auth.json"));
    store = KernelStore.open(folder.resolve("store"));
    client = new CatalogClient(server.address(), credentials, IMPATIENT);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private StoredKernel pull() {
    return client.pull(TINY, store, Progress.NONE);
  }

  private void assertPulls() throws IOException {
    assertArrayEquals(IMAGE, Files.readAllBytes(store.image(pull())));
  }

  private static Failure failure(Executable action) {
    return assertThrows(DiverException.class, action).failure();
  }

  /** Where the requests for the image began. */
  private List<String> ranges() {
    return server.asked(IMAGE_PATH).stream().map(a -> a.header("Range").orElse("")).toList();
  }

  // Downloads that break

  @Test
  void aTruncatedDownloadGoesOnWhereItEnded() throws IOException {
    server.answer(
        IMAGE_PATH,
        FaultyServer.inTurn(FaultyServer.truncated(IMAGE, 1_000_000), FaultyServer.bytes(IMAGE)));
    HeardProgress heard = new HeardProgress();

    StoredKernel kernel = client.pull(TINY, store, heard);

    assertArrayEquals(IMAGE, Files.readAllBytes(store.image(kernel)));
    assertEquals(List.of("", "bytes=1000000-"), ranges());
    assertEquals(heard.announced, heard.done);
  }

  @Test
  void aLaterPullGoesOnWhereAnEarlierOneGaveUp() throws IOException {
    server.answer(IMAGE_PATH, FaultyServer.truncated(IMAGE, 100_000));
    Failure failure = failure(this::pull);
    assertEquals(Failure.Kind.UNAVAILABLE, failure.kind());
    assertTrue(failure.remedy().contains("what has arrived is kept"), failure.remedy());
    assertEquals(List.of("", "bytes=100000-", "bytes=200000-", "bytes=300000-"), ranges());

    server.answer(IMAGE_PATH, FaultyServer.bytes(IMAGE));
    assertPulls();
    assertEquals("bytes=400000-", ranges().getLast());
  }

  @Test
  void aServerWithoutRangesStartsOver() throws IOException {
    HttpHandler whole =
        exchange -> {
          exchange.sendResponseHeaders(200, IMAGE.length);
          exchange.getResponseBody().write(IMAGE);
        };
    server.answer(IMAGE_PATH, FaultyServer.inTurn(FaultyServer.truncated(IMAGE, 1_000_000), whole));
    HeardProgress heard = new HeardProgress();

    StoredKernel kernel = client.pull(TINY, store, heard);

    assertArrayEquals(IMAGE, Files.readAllBytes(store.image(kernel)));
    assertEquals(heard.announced, heard.done);
  }

  @Test
  void anUnsatisfiableRangeStartsOver() throws IOException {
    server.answer(
        IMAGE_PATH,
        FaultyServer.inTurn(
            FaultyServer.truncated(IMAGE, 1_000_000),
            FaultyServer.error(416, "RANGE_INVALID", "no such range"),
            FaultyServer.bytes(IMAGE)));
    assertPulls();
    assertEquals(List.of("", "bytes=1000000-", ""), ranges());
  }

  @Test
  void anotherRangeThanAskedForIsNotTaken() throws IOException {
    HttpHandler shifted =
        exchange -> {
          exchange.getResponseHeaders().set("Content-Range", "bytes 5-2999999/3000000");
          exchange.sendResponseHeaders(206, 2_000_000);
          exchange.getResponseBody().write(IMAGE, 5, 2_000_000);
        };
    server.answer(
        IMAGE_PATH,
        FaultyServer.inTurn(
            FaultyServer.truncated(IMAGE, 1_000_000), shifted, FaultyServer.bytes(IMAGE)));
    assertPulls();
  }

  @Test
  void aStalledDownloadGoesOn() throws IOException {
    HttpHandler stalling =
        exchange -> {
          FaultyServer.truncated(IMAGE, 1_000_000).handle(exchange);
          pause(Duration.ofSeconds(2));
        };
    server.answer(IMAGE_PATH, FaultyServer.inTurn(stalling, FaultyServer.bytes(IMAGE)));
    assertPulls();
    assertEquals(List.of("", "bytes=1000000-"), ranges());
  }

  @Test
  void aServerThatStaysSilentIsGivenUp() {
    server.answer(MANIFEST_PATH, exchange -> pause(Duration.ofSeconds(2)));
    Failure failure = failure(this::pull);
    assertEquals(Failure.Kind.UNAVAILABLE, failure.kind());
    assertEquals(server.address() + " fell silent.", failure.what());
  }

  @Test
  void transientErrorsPass() throws IOException {
    HttpHandler busy = FaultyServer.error(503, "UNAVAILABLE", "busy");
    for (String path : List.of(MANIFEST_PATH, IMAGE_PATH)) {
      HttpHandler good =
          path.equals(IMAGE_PATH)
              ? FaultyServer.bytes(IMAGE)
              : FaultyServer.bytes(manifestOf(IMAGE.length).write());
      server.answer(path, FaultyServer.inTurn(busy, busy, good));
    }
    assertPulls();
    assertEquals(3, server.asked(MANIFEST_PATH).size());
  }

  @Test
  void lastingErrorsAreToldWithTheServersWords() {
    server.answer(MANIFEST_PATH, FaultyServer.error(500, "UNKNOWN", "disk \\u001b[2J on fire"));
    Failure failure = failure(this::pull);
    assertEquals(Failure.Kind.UNAVAILABLE, failure.kind());
    assertEquals(
        "Tried to pull tiny:1.0 but %s answered 500: disk [2J on fire."
            .formatted(server.address().getAuthority()),
        failure.what());
    assertEquals(4, server.asked(MANIFEST_PATH).size());
  }

  @Test
  void twoPullsAtOnceFetchOnce() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Callable<StoredKernel> pull = this::pull;
      for (var done : threads.invokeAll(List.of(pull, pull))) {
        assertEquals(TINY, done.get().reference());
      }
    }
    assertEquals(1, server.asked(IMAGE_PATH).size());
  }

  // Content that is not what it should be

  @Test
  void wrongContentIsNotKept() throws IOException {
    byte[] wrong = IMAGE.clone();
    wrong[1_234_567]++;
    server.answer(IMAGE_PATH, FaultyServer.bytes(wrong));

    assertEquals(Failure.Kind.CORRUPT, failure(this::pull).kind());
    assertEquals(Optional.empty(), store.find(TINY));
    assertFalse(Files.exists(store.blob(FaultyServer.IMAGE_DIGEST)));

    server.answer(IMAGE_PATH, FaultyServer.bytes(IMAGE));
    assertPulls();
  }

  @Test
  void anotherLengthThanTheManifestSaysIsRefusedUnread() {
    server.answer(IMAGE_PATH, FaultyServer.bytes(new byte[IMAGE.length + 1]));
    Failure failure = failure(this::pull);
    assertEquals(Failure.Kind.CORRUPT, failure.kind());
    assertTrue(failure.what().contains("3000001 bytes"), failure.what());
  }

  @Test
  void ofAnEndlessBodyNoMoreIsReadThanTheManifestSays() {
    HttpHandler endless =
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          while (true) {
            exchange.getResponseBody().write(new byte[1 << 16]);
          }
        };
    server.answer(IMAGE_PATH, endless);
    assertEquals(Failure.Kind.CORRUPT, failure(this::pull).kind());
  }

  @Test
  void anEndlessManifestIsRefused() {
    HttpHandler endless =
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          while (true) {
            exchange.getResponseBody().write(new byte[1 << 16]);
          }
        };
    server.answer(MANIFEST_PATH, endless);
    assertEquals(Failure.Kind.CORRUPT, failure(this::pull).kind());
  }

  @Test
  void aManifestThatIsNotTheOneAskedForIsRefused() {
    KernelReference exact = TINY.withDigest(Digest.of(new byte[1]));
    server.answer(
        "/v2/tiny/manifests/" + exact.tagOrDigest(),
        FaultyServer.bytes(manifestOf(IMAGE.length).write()));
    Failure failure = failure(() -> client.pull(exact, store, Progress.NONE));
    assertEquals(Failure.Kind.CORRUPT, failure.kind());
  }

  @Test
  void whatIsNoKernelIsNotPulled() {
    Manifest kernel = manifestOf(IMAGE.length);
    Manifest other =
        new Manifest(
            Optional.of("application/vnd.example"),
            kernel.config(),
            kernel.layers(),
            Optional.empty(),
            kernel.annotations());
    server.answer(MANIFEST_PATH, FaultyServer.bytes(other.write()));
    assertEquals(
        new Failure(
            Failure.Kind.INVALID,
            "tiny:1.0 is not a kernel package.",
            "Look for kernels with `diver search`."),
        failure(this::pull));
    assertEquals(List.of(), server.asked(IMAGE_PATH));
  }

  @Test
  void whatDoesNotFitOnTheDiskIsNotBegun() {
    server.answer(MANIFEST_PATH, FaultyServer.bytes(manifestOf(1L << 60).write()));
    assertEquals(Failure.Kind.EXHAUSTED, failure(this::pull).kind());
    assertEquals(List.of(), server.asked(IMAGE_PATH));
  }

  // Credentials

  @Test
  void credentialsDoNotFollowARedirectToAnotherHost() throws IOException {
    try (FaultyServer elsewhere = new FaultyServer()) {
      credentials.put(server.address().getAuthority(), ALI);
      server.answer(
          IMAGE_PATH,
          FaultyServer.guarded(
              "Basic realm=\"x\"",
              ALI_BASIC,
              FaultyServer.redirect(elsewhere.address("localhost").resolve(IMAGE_PATH))));
      assertPulls();
      assertEquals(ALI_BASIC, server.asked(IMAGE_PATH).getLast().header("Authorization").get());
      assertEquals(
          Optional.empty(), elsewhere.asked(IMAGE_PATH).getFirst().header("Authorization"));
    }
  }

  @Test
  void theHostThatARedirectLeadsToGetsNoneEvenIfItAsks() throws IOException {
    try (FaultyServer elsewhere = new FaultyServer()) {
      credentials.put(server.address().getAuthority(), ALI);
      server.answer(
          IMAGE_PATH,
          FaultyServer.guarded(
              "Basic realm=\"x\"",
              ALI_BASIC,
              FaultyServer.redirect(elsewhere.address("localhost").resolve(IMAGE_PATH))));
      elsewhere.answer(
          IMAGE_PATH,
          FaultyServer.guarded("Basic realm=\"y\"", ALI_BASIC, FaultyServer.bytes(IMAGE)));

      assertEquals(Failure.Kind.DENIED, failure(this::pull).kind());
      assertTrue(elsewhere.asked.stream().allMatch(a -> a.header("Authorization").isEmpty()));
    }
  }

  @Test
  void anUploadToAnotherHostBringsNoCredentials() throws IOException {
    KernelStore publisher = KernelStore.open(folder.resolve("publisher"));
    StoredKernel kernel = TestPackage.in(publisher, "tiny:1.0");
    try (FaultyServer elsewhere = new FaultyServer()) {
      credentials.put(server.address().getAuthority(), ALI);
      HttpHandler place =
          exchange -> {
            String there = elsewhere.address("localhost") + "/upload";
            exchange.getResponseHeaders().set("Location", there);
            exchange.sendResponseHeaders(202, -1);
          };
      server.answer(
          "/v2/new/blobs/uploads/", FaultyServer.guarded("Basic realm=\"x\"", ALI_BASIC, place));
      elsewhere.answer("/upload", consumed(201));
      server.answer("/v2/new/manifests/1.0", consumed(201));

      client.push(kernel, publisher, KernelReference.parse("new:1.0"), Progress.NONE);

      assertEquals(3, elsewhere.asked("/upload").size());
      assertTrue(elsewhere.asked.stream().allMatch(a -> a.header("Authorization").isEmpty()));
    }
  }

  @Test
  void aTokenIsFetchedWhereTheRegistrySays() throws IOException {
    credentials.put(server.address().getAuthority(), ALI);
    server.answer(
        "/token",
        FaultyServer.guarded(
            "Basic",
            ALI_BASIC,
            FaultyServer.json(
                200,
                """
                {"token":"t0k3n","expires_in":60}\
                """)));
    String challenge =
        "Bearer realm=\"%s/token\",service=\"tests\",scope=\"repository:tiny:pull\""
            .formatted(server.address());
    server.answer(
        MANIFEST_PATH,
        FaultyServer.guarded(
            challenge, "Bearer t0k3n", FaultyServer.bytes(manifestOf(IMAGE.length).write())));
    server.answer(
        IMAGE_PATH, FaultyServer.guarded(challenge, "Bearer t0k3n", FaultyServer.bytes(IMAGE)));

    assertPulls();

    FaultyServer.Asked token = server.asked("/token").getFirst();
    assertEquals("service=tests&scope=repository:tiny:pull", token.query());
    assertEquals(1, server.asked("/token").size());
  }

  @Test
  void aTokenServerThatIsNotSafeGetsNothing() throws IOException {
    try (FaultyServer thief = new FaultyServer()) {
      credentials.put(server.address().getAuthority(), ALI);
      server.answer(
          MANIFEST_PATH,
          FaultyServer.guarded(
              "Bearer realm=\"%s/token\"".formatted(thief.address("localhost")),
              "Bearer x",
              FaultyServer.bytes(IMAGE)));
      assertEquals(Failure.Kind.DENIED, failure(this::pull).kind());
      assertEquals(List.of(), thief.asked);
    }
  }

  @Test
  void aTagThatMayNotMoveIsAConflict() throws IOException {
    KernelStore publisher = KernelStore.open(folder.resolve("publisher"));
    StoredKernel kernel = TestPackage.in(publisher, "tiny:1.0");
    for (Descriptor blob : publisher.manifest(kernel).blobs()) {
      server.answer(
          "/v2/tiny/blobs/" + blob.digest(), exchange -> exchange.sendResponseHeaders(200, -1));
    }
    server.answer(
        MANIFEST_PATH,
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          FaultyServer.error(409, "TAG_IMMUTABLE", "1.0 is published already").handle(exchange);
        });
    Failure failure = failure(() -> client.push(kernel, publisher, TINY, Progress.NONE));
    assertEquals(Failure.Kind.CONFLICT, failure.kind());
    assertTrue(failure.what().endsWith("409: 1.0 is published already."), failure.what());
  }

  private static HttpHandler consumed(int status) {
    return exchange -> {
      exchange.getRequestBody().readAllBytes();
      exchange.sendResponseHeaders(status, -1);
    };
  }

  private static Manifest manifestOf(long imageSize) {
    byte[] config = TestPackage.spec();
    return TestPackage.manifest(
        Descriptor.of(MediaTypes.KERNEL_CONFIG, Digest.of(config), config.length),
        Descriptor.of(MediaTypes.KERNEL_IMAGE, FaultyServer.IMAGE_DIGEST, imageSize));
  }

  private static void pause(Duration duration) {
    try {
      Thread.sleep(duration);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
