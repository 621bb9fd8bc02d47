package dev.diver.kernels.remote;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.reference.KernelReference;
import dev.diver.kernels.store.KernelStore;
import dev.diver.kernels.store.StoredKernel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Against Debian's docker-registry. */
class RegistryTest {

  private static final KernelReference TINY = KernelReference.parse("tiny:1.0");

  @TempDir Path folder;
  private CredentialStore credentials;
  private KernelStore publisher;
  private KernelStore user;

  @BeforeEach
  void openStores() {
    credentials = new CredentialStore(folder.resolve("auth.json"));
    publisher = KernelStore.open(folder.resolve("publisher"));
    user = KernelStore.open(folder.resolve("user"));
  }

  @Test
  void whatIsPushedIsPulled() throws Exception {
    StoredKernel kernel = TestPackage.in(publisher, "tiny:1.0");
    try (DockerRegistry registry = DockerRegistry.open(folder)) {
      CatalogClient client = new CatalogClient(registry.address(), credentials);
      HeardProgress sent = new HeardProgress();
      client.push(kernel, publisher, TINY, sent);
      assertEquals((long) TestPackage.IMAGE_SIZE, sent.done.get("tiny.elf"));

      HeardProgress heard = new HeardProgress();
      StoredKernel pulled = client.pull(TINY, user, heard);

      assertEquals(kernel.digest(), pulled.digest());
      assertEquals(Optional.of(pulled), user.find(TINY));
      assertArrayEquals(TestPackage.image(), Files.readAllBytes(user.image(pulled)));
      assertEquals("A kernel for tests", user.spec(pulled).summary());
      assertEquals(heard.announced, heard.done);
      assertTrue(heard.finished.containsAll(List.of("tiny.elf", "sdk")));
    }
  }

  @Test
  void whatTheOtherSideHasDoesNotMove() throws Exception {
    StoredKernel kernel = TestPackage.in(publisher, "tiny:1.0");
    try (DockerRegistry registry = DockerRegistry.open(folder)) {
      CatalogClient client = new CatalogClient(registry.address(), credentials);
      client.push(kernel, publisher, TINY, Progress.NONE);
      client.pull(TINY, user, Progress.NONE);

      HeardProgress again = new HeardProgress();
      client.push(kernel, publisher, TINY.withTag("latest"), again);
      client.pull(TINY.withTag("latest"), user, again);
      client.push(kernel, publisher, KernelReference.parse("team/tiny:1.0"), again);

      assertEquals(Map.of(), again.announced);
      assertEquals(2, user.list().size());
    }
  }

  @Test
  void pullsByDigest() throws Exception {
    StoredKernel kernel = TestPackage.in(publisher, "tiny:1.0");
    try (DockerRegistry registry = DockerRegistry.open(folder)) {
      CatalogClient client = new CatalogClient(registry.address(), credentials);
      client.push(kernel, publisher, TINY, Progress.NONE);

      KernelReference exact = TINY.withDigest(kernel.digest());
      assertEquals(exact, client.pull(exact, user, Progress.NONE).reference());
    }
  }

  @Test
  void aReferenceMayNameTheRegistry() throws Exception {
    StoredKernel kernel = TestPackage.in(publisher, "tiny:1.0");
    try (DockerRegistry registry = DockerRegistry.open(folder)) {
      CatalogClient client = new CatalogClient(CatalogAddress.DEFAULT, credentials);
      KernelReference there =
          KernelReference.parse(registry.address().getAuthority() + "/tiny:1.0");
      client.push(kernel, publisher, there, Progress.NONE);
      assertEquals(there, client.pull(there, user, Progress.NONE).reference());
    }
  }

  @Test
  void skopeoReadsWhatIsPushed() throws Exception {
    StoredKernel kernel = TestPackage.in(publisher, "tiny:1.0");
    try (DockerRegistry registry = DockerRegistry.open(folder)) {
      new CatalogClient(registry.address(), credentials)
          .push(kernel, publisher, TINY, Progress.NONE);

      Path copy = folder.resolve("copy");
      String source = "docker://" + registry.address().getAuthority() + "/tiny:1.0";
      assertEquals(0, skopeo("copy", "--src-tls-verify=false", source, "dir:" + copy));

      assertArrayEquals(
          Files.readAllBytes(publisher.blob(kernel.digest())),
          Files.readAllBytes(copy.resolve("manifest.json")));
    }
  }

  @Test
  void anUnknownTagIsNotFound() throws Exception {
    try (DockerRegistry registry = DockerRegistry.open(folder)) {
      CatalogClient client = new CatalogClient(registry.address(), credentials);
      Failure failure = failure(() -> client.pull(TINY, user, Progress.NONE));
      assertEquals(Failure.Kind.NOT_FOUND, failure.kind());
      assertTrue(failure.what().contains("tiny:1.0"), failure.what());
    }
  }

  @Test
  void aRegistryIsNoCatalog() throws Exception {
    try (DockerRegistry registry = DockerRegistry.open(folder)) {
      CatalogClient client = new CatalogClient(registry.address(), credentials);
      Failure failure = failure(() -> client.search(SearchQuery.of("tiny")));
      assertEquals(Failure.Kind.UNSUPPORTED, failure.kind());
    }
  }

  @Test
  void credentialsAreAskedForAndTriedAndKept() throws Exception {
    StoredKernel kernel = TestPackage.in(publisher, "tiny:1.0");
    try (DockerRegistry registry = DockerRegistry.closed(folder)) {
      CatalogClient client = new CatalogClient(registry.address(), credentials);
      Executable push = () -> client.push(kernel, publisher, TINY, Progress.NONE);
      Credential wrong = new Credential(DockerRegistry.ALI.user(), "guess");

      assertEquals(
          new Failure(
              Failure.Kind.DENIED,
              registry.address().getAuthority() + " asks for credentials.",
              "Run `diver login` for it first."),
          failure(push));
      assertEquals(Failure.Kind.DENIED, failure(() -> client.login(wrong)).kind());
      assertFalse(Files.exists(folder.resolve("auth.json")));

      client.login(DockerRegistry.ALI);
      client.push(kernel, publisher, TINY, Progress.NONE);
      assertEquals(kernel.digest(), client.pull(TINY, user, Progress.NONE).digest());
      assertEquals(
          "rw-------",
          PosixFilePermissions.toString(
              Files.getPosixFilePermissions(folder.resolve("auth.json"))));

      assertTrue(client.logout());
      CatalogClient later = new CatalogClient(registry.address(), credentials);
      assertEquals(
          Failure.Kind.DENIED, failure(() -> later.pull(TINY, user, Progress.NONE)).kind());
    }
  }

  @Test
  void credentialsThatSkopeoKeptServe() throws Exception {
    StoredKernel kernel = TestPackage.in(publisher, "tiny:1.0");
    try (DockerRegistry registry = DockerRegistry.closed(folder)) {
      int status =
          skopeo(
              "login",
              "--tls-verify=false",
              "--authfile=" + folder.resolve("auth.json"),
              "--username=" + DockerRegistry.ALI.user(),
              "--password=" + DockerRegistry.ALI.password(),
              registry.address().getAuthority());
      assertEquals(0, status);
      CatalogClient client = new CatalogClient(registry.address(), credentials);
      client.push(kernel, publisher, TINY, Progress.NONE);
    }
  }

  @Test
  void nobodyThere() {
    CatalogClient client =
        new CatalogClient(CatalogAddress.parse("http://127.0.0.1:1"), credentials);
    Failure failure = failure(() -> client.pull(TINY, user, Progress.NONE));
    assertEquals(
        new Failure(
            Failure.Kind.UNAVAILABLE,
            "No catalog answers at http://127.0.0.1:1: the connection is refused.",
            "Start one with `diver catalog serve`, or give another address with --catalog,"
                + " DIVER_CATALOG or `catalog` in config.toml."),
        failure);
  }

  @Test
  void aServerWithoutTlsIsNoHttpsServer() throws Exception {
    try (DockerRegistry registry = DockerRegistry.open(folder)) {
      String address = "https://" + registry.address().getAuthority();
      CatalogClient client = new CatalogClient(CatalogAddress.parse(address), credentials);
      Failure failure = failure(() -> client.pull(TINY, user, Progress.NONE));
      assertEquals(Failure.Kind.UNAVAILABLE, failure.kind());
      assertTrue(failure.what().startsWith("No secure connection to " + address), failure.what());
    }
  }

  private static Failure failure(Executable action) {
    return assertThrows(DiverException.class, action).failure();
  }

  private int skopeo(String... arguments) throws IOException, InterruptedException {
    Path log = folder.resolve("skopeo.log");
    List<String> command = new ArrayList<>(List.of("skopeo"));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    int status = process.waitFor();
    if (status != 0) {
      System.err.println(new String(Files.readAllBytes(log), StandardCharsets.UTF_8));
    }
    return status;
  }
}
