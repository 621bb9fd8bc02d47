package dev.diver.kernels.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.Failure.Kind;
import dev.diver.kernels.oci.Descriptor;
import dev.diver.kernels.oci.Index;
import dev.diver.kernels.oci.Manifest;
import dev.diver.kernels.oci.MediaTypes;
import dev.diver.kernels.reference.Digest;
import dev.diver.kernels.reference.KernelReference;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelStoreTest {

  private static final KernelReference SMALL = KernelReference.parse("small:1");
  private static final byte[] CONTENT = StoreWorker.content(5, 50_000);
  private static final Descriptor EXPECTED =
      Descriptor.of(MediaTypes.KERNEL_IMAGE, Digest.of(CONTENT), CONTENT.length);

  @TempDir Path folder;
  private KernelStore store;

  @BeforeEach
  void open() {
    store = KernelStore.open(folder.resolve("store"));
  }

  @Test
  void readingAnAbsentStoreFindsNothingAndMakesNothing() {
    assertEquals(List.of(), store.list());
    Failure failure = failure(() -> store.resolve(SMALL));
    assertEquals(Kind.NOT_FOUND, failure.kind());
    assertTrue(failure.remedy().contains("diver pull small:1"), failure.remedy());
    assertFalse(Files.exists(store.root()));
  }

  @Test
  void aKernelIsFoundByTagAndByDigest() {
    StoredKernel kernel = StoreWorker.pull(store, "small", 1000);
    assertEquals(Optional.of(kernel), store.find(SMALL));
    assertEquals(Optional.of(kernel), store.find(SMALL.withDigest(kernel.digest())));
    assertEquals(Optional.empty(), store.find(SMALL.withTag("2")));
    KernelReference elsewhere = KernelReference.parse("other@" + kernel.digest());
    assertEquals(Optional.empty(), store.find(elsewhere));
    assertTrue(failure(() -> store.resolve(SMALL.withTag("2"))).what().contains("small:1"));
    assertTrue(Duration.between(kernel.pulled(), Instant.now()).toMinutes() < 10);
  }

  @Test
  void theStoreIsAnOciImageLayout() throws IOException {
    StoredKernel kernel = StoreWorker.pull(store, "small", 1000);
    assertEquals(
        "{\"imageLayoutVersion\":\"1.0.0\"}", Files.readString(store.root().resolve("oci-layout")));
    Index index = Index.read(Files.readAllBytes(store.root().resolve("index.json")));
    assertEquals(List.of(kernel.manifest()), index.manifests());
    assertEquals("small:1", kernel.manifest().annotations().get(Descriptor.REF_NAME));
  }

  @Test
  void removingDeletesWhatNobodyElseUses() throws IOException {
    StoredKernel small = StoreWorker.pull(store, "small", 1000);
    StoredKernel other = StoreWorker.pull(store, "other", 1000);
    Path image = store.image(small);
    assertEquals(List.of(small), store.remove(SMALL));
    assertFalse(Files.exists(image));
    StoreWorker.requireComplete(store, other);
    store.remove(other.reference());
    assertEquals(List.of(), files("blobs/sha256"));
    assertEquals(Kind.NOT_FOUND, failure(() -> store.remove(SMALL)).kind());
  }

  @Test
  void removingByDigestRemovesEveryTagOfIt() {
    StoredKernel small = StoreWorker.pull(store, "small", 1000);
    try (Ingest ingest = store.ingest()) {
      ingest.tag(SMALL.withTag("latest"), small.manifest());
    }
    assertEquals(2, store.list().size());
    store.remove(SMALL.withTag("latest"));
    StoreWorker.requireComplete(store, store.resolve(SMALL));
    StoreWorker.pull(store, "small", 1000);
    assertEquals(1, store.remove(SMALL.withDigest(small.digest())).size());
    assertEquals(List.of(), store.list());
  }

  @Test
  void aRemovalDuringAPullLeavesItsContentAndSweepsAfterwards() throws IOException {
    StoredKernel small = StoreWorker.pull(store, "small", 1000);
    try (Ingest ingest = store.ingest()) {
      Descriptor image = store.manifest(small).layers().get(0);
      assertTrue(ingest.has(image));
      store.remove(SMALL);
      assertTrue(ingest.has(image), "deleted under the feet of a pull");
      ingest.tag(SMALL.withTag("again"), small.manifest());
    }
    StoreWorker.requireComplete(store, store.resolve(SMALL.withTag("again")));
    try (Ingest _ = store.ingest()) {
      store.remove(SMALL.withTag("again"));
      assertFalse(files("blobs/sha256").isEmpty());
    }
    assertEquals(List.of(), files("blobs/sha256"));
  }

  @Test
  void aPackageThatIsNotCompleteIsNotListed() {
    byte[] manifest =
        new Manifest(
                Optional.of(MediaTypes.KERNEL), EXPECTED, List.of(), Optional.empty(), Map.of())
            .write();
    try (Ingest ingest = store.ingest()) {
      ingest.add(MediaTypes.MANIFEST, manifest);
      Failure failure = failure(() -> ingest.tag(SMALL, Manifest.describe(manifest)));
      assertEquals(Kind.CORRUPT, failure.kind());
    }
    assertEquals(List.of(), store.list());
  }

  @Test
  void anotherKindOfArtifactIsNotListed() {
    try (Ingest ingest = store.ingest()) {
      Descriptor config = ingest.add("application/json", new byte[] {'{', '}'});
      byte[] manifest =
          new Manifest(Optional.empty(), config, List.of(), Optional.empty(), Map.of()).write();
      ingest.add(MediaTypes.MANIFEST, manifest);
      Failure failure = failure(() -> ingest.tag(SMALL, Manifest.describe(manifest)));
      assertEquals(Kind.INVALID, failure.kind());
    }
  }

  @Test
  void leftoversOfDeadProcessesAndAbandonedDownloadsGo() throws IOException {
    store.ingest().close();
    Path partials = store.root().resolve("partial");
    Files.write(partials.resolve("tmp-1-1"), CONTENT);
    Path abandoned = Files.write(partials.resolve("a".repeat(64)), CONTENT);
    Files.setLastModifiedTime(abandoned, FileTime.from(Instant.now().minus(Duration.ofDays(8))));
    Files.write(partials.resolve("b".repeat(64)), CONTENT);
    store.ingest().close();
    assertEquals(List.of("b".repeat(64)), files("partial"));
  }

  @Test
  void leftoversStayWhileSomeoneIngests() throws IOException {
    try (Ingest _ = store.ingest()) {
      Path temporary = Files.write(store.root().resolve("partial/tmp-1-1"), CONTENT);
      store.ingest().close();
      assertTrue(Files.exists(temporary));
    }
  }

  @Test
  void aDownloadGoesOnWhereItStopped() throws IOException {
    try (Ingest ingest = store.ingest()) {
      try (PartialBlob first = ingest.receive(EXPECTED).orElseThrow()) {
        first.append(ByteBuffer.wrap(CONTENT, 0, 20_000));
        assertEquals(Kind.UNAVAILABLE, failure(first::finish).kind());
      }
      try (PartialBlob second = ingest.receive(EXPECTED).orElseThrow()) {
        assertEquals(20_000, second.received());
        second.append(ByteBuffer.wrap(CONTENT, 20_000, 30_000));
        second.finish();
      }
      assertTrue(ingest.receive(EXPECTED).isEmpty());
    }
    assertArrayEquals(CONTENT, Files.readAllBytes(store.blob(EXPECTED.digest())));
    assertEquals(List.of(), files("partial"));
  }

  @Test
  void wrongContentIsRefusedAndForgotten() throws IOException {
    byte[] wrong = CONTENT.clone();
    wrong[0]++;
    try (Ingest ingest = store.ingest()) {
      try (PartialBlob partial = ingest.receive(EXPECTED).orElseThrow()) {
        partial.append(ByteBuffer.wrap(wrong));
        Failure failure = failure(partial::finish);
        assertEquals(Kind.CORRUPT, failure.kind());
        assertTrue(failure.what().contains(Digest.of(wrong).toString()), failure.what());
        assertEquals(0, partial.received());
      }
      assertFalse(ingest.has(EXPECTED));
    }
    assertEquals(List.of(), files("partial"));
    assertEquals(List.of(), files("blobs/sha256"));
  }

  @Test
  void contentWithoutEndIsCutOff() {
    try (Ingest ingest = store.ingest();
        PartialBlob partial = ingest.receive(EXPECTED).orElseThrow()) {
      partial.append(ByteBuffer.wrap(CONTENT));
      Failure failure = failure(() -> partial.append(ByteBuffer.wrap(new byte[1])));
      assertEquals(Kind.CORRUPT, failure.kind());
      assertEquals(0, partial.received());
    }
  }

  @Test
  void aDamagedPartialFileDoesNotBecomeABlob() throws IOException {
    try (Ingest ingest = store.ingest()) {
      Files.write(store.root().resolve("partial/" + EXPECTED.digest().hex()), new byte[100]);
      try (PartialBlob partial = ingest.receive(EXPECTED).orElseThrow()) {
        partial.append(ByteBuffer.wrap(CONTENT, 100, CONTENT.length - 100));
        assertEquals(Kind.CORRUPT, failure(partial::finish).kind());
        partial.append(ByteBuffer.wrap(CONTENT));
        partial.finish();
      }
      assertTrue(ingest.has(EXPECTED));
    }
  }

  @Test
  void aDownloadThatCannotFitIsRefusedBeforeItStarts() {
    Descriptor huge = Descriptor.of(MediaTypes.KERNEL_IMAGE, EXPECTED.digest(), 1L << 60);
    try (Ingest ingest = store.ingest()) {
      assertEquals(Kind.EXHAUSTED, failure(() -> ingest.receive(huge)).kind());
    }
  }

  @Test
  void whoWantsTheSameContentWaitsForItAndNeedNotFetchIt() throws Exception {
    try (Ingest ingest = store.ingest();
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      CountDownLatch started = new CountDownLatch(1);
      PartialBlob mine = ingest.receive(EXPECTED).orElseThrow();
      var other =
          threads.submit(
              () -> {
                started.countDown();
                return ingest.receive(EXPECTED);
              });
      started.await();
      mine.append(ByteBuffer.wrap(CONTENT));
      assertFalse(other.isDone());
      mine.finish();
      mine.close();
      assertEquals(Optional.empty(), other.get());
    }
  }

  @Test
  void waitingCanBeInterruptedAndOthersKeepTheirLocks() throws Exception {
    try (Ingest ingest = store.ingest();
        PartialBlob mine = ingest.receive(EXPECTED).orElseThrow()) {
      var kind = new java.util.concurrent.CompletableFuture<Kind>();
      Thread waiting =
          Thread.ofVirtual()
              .start(() -> kind.complete(failure(() -> ingest.receive(EXPECTED)).kind()));
      waiting.interrupt();
      assertEquals(Kind.INTERRUPTED, kind.get());
      mine.append(ByteBuffer.wrap(CONTENT));
      mine.finish();
      assertTrue(ingest.has(EXPECTED));
    }
  }

  @Test
  void whatAnotherToolListsIsNeitherShownNorLost() throws IOException {
    Descriptor foreign;
    try (Ingest ingest = store.ingest()) {
      Descriptor config = ingest.add("application/json", new byte[] {'{', '}'});
      byte[] manifest =
          new Manifest(Optional.empty(), config, List.of(), Optional.empty(), Map.of()).write();
      ingest.add(MediaTypes.MANIFEST, manifest);
      foreign =
          Manifest.describe(manifest).withAnnotations(Map.of(Descriptor.REF_NAME, "Not A Kernel"));
    }
    Files.write(
        store.root().resolve("index.json"),
        new Index(Optional.empty(), List.of(foreign), Map.of()).write());
    assertEquals(List.of(), store.list());
    StoreWorker.pull(store, "small", 1000);
    store.remove(SMALL);
    assertEquals(
        List.of(foreign),
        Index.read(Files.readAllBytes(store.root().resolve("index.json"))).manifests());
    assertEquals(2, files("blobs/sha256").size());
  }

  @Test
  void aDamagedIndexIsNamed() throws IOException {
    StoreWorker.pull(store, "small", 1000);
    Files.writeString(store.root().resolve("index.json"), "{\"manifests\":[{");
    assertEquals(Kind.INVALID, failure(store::list).kind());
  }

  private List<String> files(String place) throws IOException {
    try (Stream<Path> files = Files.list(store.root().resolve(place))) {
      return files.map(f -> f.getFileName().toString()).sorted().toList();
    }
  }

  private static Failure failure(org.junit.jupiter.api.function.Executable action) {
    return assertThrows(DiverException.class, action).failure();
  }
}
