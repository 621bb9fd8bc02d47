package dev.diver.kernels.store;

import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.oci.Descriptor;
import dev.diver.kernels.oci.Manifest;
import dev.diver.kernels.oci.MediaTypes;
import dev.diver.kernels.reference.Digest;
import dev.diver.kernels.reference.KernelReference;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** What a process does to a store: run by tests in JVMs of their own, and called by them. */
final class StoreWorker {

  private static final int KERNELS = 4;

  private StoreWorker() {}

  /**
   * Arguments: the store, what to do, and a number. Prints {@code ready}, then for a failure its
   * kind.
   */
  public static void main(String[] args) throws Exception {
    KernelStore store = KernelStore.open(Path.of(args[0]));
    int number = Integer.parseInt(args[2]);
    if (args[1].equals("churn-forever")) {
      churn(store, number, 5); // so that classes are loaded and the kill meets real work
    }
    System.out.println("ready");
    switch (args[1]) {
      case "churn" -> churn(store, number, 40);
      case "churn-forever" -> churn(store, number, Integer.MAX_VALUE);
      case "pull" -> attempt(() -> pull(store, "big", number));
      case "look" -> System.out.println(look(store));
      case "list" -> System.out.println(store.list().size());
      case "pull-and-remove" -> {
        attempt(() -> pull(store, "other", number));
        attempt(() -> store.remove(KernelReference.parse("small:1")));
      }
      default -> throw new IllegalArgumentException(args[1]);
    }
  }

  /** Pulls and removes kernels at random; they share a layer. */
  private static void churn(KernelStore store, int seed, int rounds) {
    Random random = new Random(seed);
    for (int i = 0; i < rounds; i++) {
      String name = "kernel-" + random.nextInt(KERNELS);
      if (random.nextInt(3) == 0) {
        try {
          store.remove(KernelReference.parse(name + ":1"));
        } catch (DiverException e) {
          if (e.failure().kind() != dev.diver.kernels.failure.Failure.Kind.NOT_FOUND) {
            throw e;
          }
        }
      } else {
        pull(store, name, 200_000);
      }
    }
  }

  /** Brings a package in as a client of a catalog does, in small pieces. */
  static StoredKernel pull(KernelStore store, String name, int imageSize) {
    byte[] image = content(name.hashCode(), imageSize);
    byte[] shared = content(1, 100_000);
    byte[] config = config(name);
    try (Ingest ingest = store.ingest()) {
      Descriptor configBlob = receive(ingest, MediaTypes.KERNEL_CONFIG, config);
      Descriptor sharedBlob = receive(ingest, MediaTypes.KERNEL_SDK, shared);
      Descriptor imageBlob = receive(ingest, MediaTypes.KERNEL_IMAGE, image);
      byte[] manifest =
          new Manifest(
                  Optional.of(MediaTypes.KERNEL),
                  configBlob,
                  List.of(imageBlob, sharedBlob),
                  Optional.empty(),
                  Map.of())
              .write();
      ingest.add(MediaTypes.MANIFEST, manifest);
      StoredKernel kernel =
          ingest.tag(KernelReference.parse(name + ":1"), Manifest.describe(manifest));
      requireComplete(store, kernel);
      return kernel;
    }
  }

  static Descriptor receive(Ingest ingest, String mediaType, byte[] content) {
    Descriptor descriptor = Descriptor.of(mediaType, Digest.of(content), content.length);
    Optional<PartialBlob> partial = ingest.receive(descriptor);
    if (partial.isPresent()) {
      try (PartialBlob blob = partial.get()) {
        for (int at = (int) blob.received(); at < content.length; at += 10_000) {
          blob.append(ByteBuffer.wrap(content, at, Math.min(10_000, content.length - at)));
        }
        blob.finish();
      }
    }
    return descriptor;
  }

  /** Fails unless the store has all of this kernel, as its digests say. */
  static void requireComplete(KernelStore store, StoredKernel kernel) {
    List<Descriptor> blobs = new ArrayList<>(store.manifest(kernel).blobs());
    blobs.add(kernel.manifest());
    for (Descriptor blob : blobs) {
      try {
        if (!Digest.of(Files.readAllBytes(store.blob(blob.digest()))).equals(blob.digest())) {
          throw new IllegalStateException(kernel.reference() + ": " + blob.digest() + " differs");
        }
      } catch (IOException e) {
        throw new IllegalStateException(kernel.reference() + " lacks " + blob.digest(), e);
      }
    }
  }

  static byte[] content(int seed, int size) {
    byte[] content = new byte[size];
    new Random(seed).nextBytes(content);
    return content;
  }

  static byte[] config(String name) {
    return """
    {"name":"NAME","version":"1","summary":"of a test",
     "boot":{"protocol":"pvh","image":"k.elf"},"modes":{"full-vm":{}}}
    """
        .replace("NAME", name)
        .getBytes(StandardCharsets.UTF_8);
  }

  private static String look(KernelStore store) {
    StoredKernel kernel = store.resolve(KernelReference.parse("small:1"));
    requireComplete(store, kernel);
    return store.list().size() + " " + store.spec(kernel).name();
  }

  private static void attempt(Runnable action) {
    try {
      action.run();
      System.out.println("done");
    } catch (DiverException e) {
      System.out.println(e.failure().kind() + " " + e.getMessage());
    }
  }

  /** A JVM that runs {@link #main}, after this shell text; empty for none. */
  static Process start(String shell, Path store, String what, int number) throws IOException {
    List<String> command = new ArrayList<>();
    if (!shell.isEmpty()) {
      command.addAll(List.of("sh", "-c", shell + " \"$@\"", "sh"));
    }
    command.addAll(
        Arrays.asList(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xshare:auto",
            "-XX:-UsePerfData",
            "-cp",
            System.getProperty("java.class.path"),
            StoreWorker.class.getName(),
            store.toString(),
            what,
            Integer.toString(number)));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }
}
