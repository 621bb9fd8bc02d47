package dev.diver.kernels.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.kernels.reference.KernelReference;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real processes on one store: at the same time, killed, without space, without permission. */
class StoreProcessesTest {

  /** Root without the right to overrule permissions; anyone else as they are. */
  private static final String WITHOUT_OVERRIDE =
      "[ \"$(id -u)\" = 0 ] && exec setpriv --bounding-set=-dac_override,-dac_read_search"
          + " --inh-caps=-dac_override,-dac_read_search \"$@\"; exec";

  @TempDir Path folder;

  @Test
  void manyProcessesLeaveEveryListedKernelComplete() throws Exception {
    Path root = folder.resolve("store");
    List<Process> workers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      workers.add(StoreWorker.start("", root, "churn", i));
    }
    for (Process worker : workers) {
      String output = new String(worker.getInputStream().readAllBytes(), UTF_8);
      assertEquals(0, worker.waitFor(), output);
      assertEquals("ready\n", output);
    }
    requireSound(KernelStore.open(root));
  }

  @Test
  void aKillAtAnyMomentLeavesEveryListedKernelComplete() throws Exception {
    Path root = folder.resolve("store");
    KernelStore store = KernelStore.open(root);
    Random random = new Random(3);
    int seen = 0;
    for (int round = 0; round < 12; round++) {
      Process worker = StoreWorker.start("", root, "churn-forever", round);
      try (BufferedReader output = worker.inputReader()) {
        assertEquals("ready", output.readLine());
        Thread.sleep(random.nextInt(5, 150));
        assertTrue(worker.isAlive(), () -> output.lines().toList().toString());
        worker.destroyForcibly().waitFor();
      }
      for (StoredKernel kernel : store.list()) {
        StoreWorker.requireComplete(store, kernel);
        seen++;
      }
    }
    assertTrue(seen > 0, "no kernel was ever listed: the workers did nothing");
    requireSound(store);
  }

  @Test
  void whereNoMoreCanBeWrittenItIsExhaustedAndWhatWasThereStays() throws Exception {
    Path root = folder.resolve("store");
    KernelStore store = KernelStore.open(root);
    StoredKernel small = StoreWorker.pull(store, "small", 1000);
    // 512 KiB for each file, in the shell's units; the image has 2 MiB.
    List<String> output = run("ulimit -f 1024; exec", root, "pull", 2 << 20);
    assertTrue(output.get(1).startsWith("EXHAUSTED "), output.toString());
    assertTrue(output.get(1).contains("Free space"), output.toString());
    assertEquals(List.of(small), store.list());
    StoreWorker.pull(store, "big", 2 << 20);
    requireSound(store);
  }

  @Test
  void aReadOnlyStoreCanBeReadAndSaysWhyItCannotBeWritten() throws Exception {
    Path root = folder.resolve("store");
    StoreWorker.pull(KernelStore.open(root), "small", 1000);
    setWritable(root, false);
    try {
      assertEquals(List.of("ready", "1 small"), run(WITHOUT_OVERRIDE, root, "look", 0));
      List<String> output = run(WITHOUT_OVERRIDE, root, "pull-and-remove", 1000);
      assertEquals(3, output.size(), output.toString());
      assertTrue(output.get(1).startsWith("DENIED "), output.toString());
      assertTrue(output.get(2).startsWith("DENIED "), output.toString());
    } finally {
      setWritable(root, true);
    }
    requireSound(KernelStore.open(root));
  }

  /** Start-up time: databind and regular expressions over dates cost more than the listing. */
  @Test
  void listingNeedsNeitherDatabindNorDates() throws Exception {
    Path root = folder.resolve("store");
    StoreWorker.pull(KernelStore.open(root), "small", 1000);
    Path log = folder.resolve("classes");
    String shell = "export JDK_JAVA_OPTIONS=-Xlog:class+load:file=" + log + "; exec";
    List<String> output = run(shell, root, "list", 0);
    assertEquals("1", output.getLast());
    List<String> classes = Files.readAllLines(log);
    assertTrue(classes.stream().anyMatch(c -> c.contains(KernelStore.class.getName())));
    for (String costly :
        List.of(" tools.jackson.databind.", " java.time.format.DateTimeFormatter ", " okhttp3.")) {
      assertEquals(List.of(), classes.stream().filter(c -> c.contains(costly)).toList());
    }
  }

  private static List<String> run(String shell, Path root, String what, int number)
      throws Exception {
    Process worker = StoreWorker.start(shell, root, what, number);
    List<String> output = worker.inputReader().lines().toList();
    assertEquals(0, worker.waitFor(), output.toString());
    return output;
  }

  private static void setWritable(Path root, boolean writable) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      for (Path path : all.toList()) {
        boolean executable = Files.isDirectory(path);
        String rights = (writable ? "rw" : "r-") + (executable ? "x" : "-");
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(rights.repeat(3)));
      }
    }
  }

  /** Every listed kernel is complete, and removing them all leaves nothing. */
  private static void requireSound(KernelStore store) throws IOException {
    store.ingest().close();
    for (StoredKernel kernel : store.list()) {
      StoreWorker.requireComplete(store, kernel);
    }
    StoreWorker.pull(store, "last", 1000);
    store.list().stream()
        .map(StoredKernel::reference)
        .map(KernelReference::toString)
        .distinct()
        .forEach(reference -> store.remove(KernelReference.parse(reference)));
    assertEquals(List.of(), store.list());
    try (Stream<Path> blobs = Files.list(store.root().resolve("blobs/sha256"));
        Stream<Path> partials = Files.list(store.root().resolve("partial"))) {
      assertEquals(List.of(), blobs.toList());
      assertTrue(partials.noneMatch(Layout::isTemporary));
    }
  }
}
