package dev.diver.catalog;

import static dev.diver.catalog.TestCatalog.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import at.favre.lib.crypto.bcrypt.BCrypt;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure.Kind;
import dev.diver.kernels.oci.Descriptor;
import dev.diver.kernels.oci.Manifest;
import dev.diver.kernels.oci.MediaTypes;
import dev.diver.kernels.reference.KernelReference;
import dev.diver.kernels.remote.CatalogClient;
import dev.diver.kernels.remote.Credential;
import dev.diver.kernels.remote.CredentialStore;
import dev.diver.kernels.remote.Progress;
import dev.diver.kernels.remote.SearchQuery;
import dev.diver.kernels.store.Ingest;
import dev.diver.kernels.store.KernelStore;
import dev.diver.kernels.store.StoredKernel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Diver's own client against Diver's own server. */
final class ClientTest {

  private static final KernelReference REMORA = KernelReference.parse("team/remora:0.1.0");

  @TempDir Path folder;

  private CatalogClient client(TestCatalog catalog) {
    return new CatalogClient(catalog.uri("/"), new CredentialStore(folder.resolve("auth.json")));
  }

  private static StoredKernel kernel(KernelStore store, byte[] image) {
    try (Ingest ingest = store.ingest()) {
      byte[] spec =
          new TestCatalog.Kernel("team/remora", "0.1.0", "Light", "", List.of("hpc")).spec();
      Descriptor config = ingest.add(MediaTypes.KERNEL_CONFIG, spec);
      Descriptor layer = ingest.add(MediaTypes.KERNEL_IMAGE, image).titled("remora.elf");
      Manifest manifest =
          new Manifest(
              Optional.of(MediaTypes.KERNEL), config, List.of(layer), Optional.empty(), Map.of());
      return ingest.tag(REMORA, ingest.add(MediaTypes.MANIFEST, manifest.write()));
    }
  }

  private static Kind failure(Executable action) {
    return assertThrows(DiverException.class, action).failure().kind();
  }

  @Test
  void publishesFindsPullsAndYanks() throws Exception {
    byte[] image = random(3_000_000, 5);
    KernelStore mine = KernelStore.open(folder.resolve("mine"));
    KernelStore theirs = KernelStore.open(folder.resolve("theirs"));
    StoredKernel stored = kernel(mine, image);
    try (TestCatalog catalog = new TestCatalog(folder.resolve("data"))) {
      CatalogClient client = client(catalog);
      client.push(stored, mine, REMORA, Progress.NONE);
      client.push(stored, mine, REMORA, Progress.NONE);
      assertEquals("diver-catalog", client.status().name());
      assertEquals(1, client.search(SearchQuery.of("remroa")).total());
      assertEquals("0.1.0", client.info("team/remora").releases().getFirst().version());
      StoredKernel pulled = client.pull(REMORA, theirs, Progress.NONE);
      assertEquals(stored.digest(), pulled.digest());
      assertArrayEquals(image, Files.readAllBytes(theirs.image(pulled)));

      StoredKernel changed = kernel(mine, random(10, 6));
      assertEquals(Kind.CONFLICT, failure(() -> client.push(changed, mine, REMORA, Progress.NONE)));
      client.yank("team/remora", "0.1.0");
      KernelStore third = KernelStore.open(folder.resolve("third"));
      assertEquals(Kind.NOT_FOUND, failure(() -> client.pull(REMORA, third, Progress.NONE)));
      KernelReference exact = REMORA.withDigest(stored.digest());
      assertEquals(stored.digest(), client.pull(exact, third, Progress.NONE).digest());
      client.unyank("team/remora", "0.1.0");
      assertEquals(1, client.search(SearchQuery.of("remora")).total());
    }
  }

  @Test
  void publishesAsAUser() throws Exception {
    String hash = BCrypt.with(BCrypt.Version.VERSION_2Y).hashToString(4, "open".toCharArray());
    Path passwords = Files.writeString(folder.resolve("htpasswd"), "ann:" + hash);
    KernelStore store = KernelStore.open(folder.resolve("mine"));
    StoredKernel stored = kernel(store, random(1000, 5));
    try (TestCatalog catalog =
        new TestCatalog(folder.resolve("data"), options -> options.withHtpasswd(passwords))) {
      CatalogClient client = client(catalog);
      assertEquals(Kind.DENIED, failure(() -> client.push(stored, store, REMORA, Progress.NONE)));
      assertEquals(Kind.DENIED, failure(() -> client.login(new Credential("ann", "shut"))));
      client.login(new Credential("ann", "open"));
      client.push(stored, store, REMORA, Progress.NONE);
      assertTrue(client.logout());
      assertEquals(stored.digest(), client.pull(REMORA, store, Progress.NONE).digest());
    }
  }
}
