package dev.diver.kernels.store;

import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import dev.diver.kernels.oci.Descriptor;
import dev.diver.kernels.oci.Index;
import dev.diver.kernels.oci.Manifest;
import dev.diver.kernels.oci.MediaTypes;
import dev.diver.kernels.reference.Digest;
import dev.diver.kernels.reference.KernelReference;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.KernelSpecJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The kernels on this machine. Any number of processes may use one store at the same time. */
public final class KernelStore {

  /** A download that nobody went on with for this long is dropped. */
  private static final Duration ABANDONED = Duration.ofDays(7);

  private final Layout layout;

  private KernelStore(Layout layout) {
    this.layout = layout;
  }

  /** The store in this folder, which is created when something is first written to it. */
  public static KernelStore open(Path root) {
    return new KernelStore(new Layout(root.toAbsolutePath().normalize()));
  }

  public Path root() {
    return layout.root();
  }

  // Reading

  /** All kernels, by reference. Reads index.json and nothing else. */
  public List<StoredKernel> list() {
    return list(layout.readIndex());
  }

  /** The kernel of this reference; one with a digest is found under any tag. */
  public Optional<StoredKernel> find(KernelReference reference) {
    return list().stream().filter(kernel -> matches(kernel, reference)).findFirst();
  }

  /** The kernel of this reference, or NOT_FOUND, which tells to pull it. */
  public StoredKernel resolve(KernelReference reference) {
    return find(reference).orElseThrow(() -> notFound(reference));
  }

  /** Where the content of this digest is or would be. */
  public Path blob(Digest digest) {
    return layout.blob(digest);
  }

  /** The manifest of this kernel. */
  public Manifest manifest(StoredKernel kernel) {
    return manifest(kernel.digest());
  }

  /** What this kernel's package says of it. */
  public KernelSpec spec(StoredKernel kernel) {
    return spec(manifest(kernel));
  }

  /** What boots, in place. */
  public Path image(StoredKernel kernel) {
    return layer(kernel, MediaTypes.KERNEL_IMAGE, "kernel image");
  }

  /** The drivers of a general-purpose OS (an initial ramdisk), in place. */
  public Path modules(StoredKernel kernel) {
    return layer(kernel, MediaTypes.KERNEL_INITRD, "drivers, although it has a [gpos]");
  }

  /**
   * What boots beside the image, in place. Nothing may write to it.
   *
   * @param path that kernel.toml has for it
   */
  public Path part(StoredKernel kernel, String path) {
    return manifest(kernel).layers().stream()
        .filter(layer -> layer.mediaType().equals(MediaTypes.KERNEL_PART))
        .filter(layer -> path.equals(layer.annotations().get(Descriptor.TITLE)))
        .findFirst()
        .map(layer -> blob(layer.digest()))
        .orElseThrow(() -> lacks(kernel, path + ", which it boots with"));
  }

  private Path layer(StoredKernel kernel, String mediaType, String what) {
    Descriptor layer = manifest(kernel).layer(mediaType).orElseThrow(() -> lacks(kernel, what));
    return blob(layer.digest());
  }

  private static RuntimeException lacks(StoredKernel kernel, String what) {
    return new Failure(
            Failure.Kind.INVALID,
            kernel.reference() + " has no " + what + ".",
            "Its publisher must package it again; use another version.")
        .exception();
  }

  Manifest manifest(Digest digest) {
    return Manifest.read(read(digest, Manifest.MAX_SIZE));
  }

  KernelSpec spec(Manifest manifest) {
    return KernelSpecJson.read(read(manifest.config().digest(), KernelSpecJson.MAX_SIZE));
  }

  private byte[] read(Digest digest, int limit) {
    Path blob = blob(digest);
    try (var in = Files.newInputStream(blob)) {
      return in.readNBytes(limit + 1);
    } catch (NoSuchFileException e) {
      throw new Failure(
              Failure.Kind.CORRUPT,
              "The store lacks " + digest + ".",
              "Pull the kernel again, or remove it with diver rm.")
          .exception(e);
    } catch (IOException e) {
      throw IoFailure.of("read", blob, e);
    }
  }

  private static List<StoredKernel> list(Index index) {
    List<StoredKernel> kernels = new ArrayList<>();
    for (Descriptor manifest : index.manifests()) {
      StoredKernel.of(manifest).ifPresent(kernels::add);
    }
    return kernels;
  }

  private static boolean matches(StoredKernel kernel, KernelReference reference) {
    KernelReference own = kernel.reference();
    return own.toString().equals(reference.toString())
        || (own.registry().equals(reference.registry())
            && own.name().equals(reference.name())
            && reference.digest().equals(Optional.of(kernel.digest())));
  }

  private RuntimeException notFound(KernelReference reference) {
    String others =
        list().stream()
            .map(StoredKernel::reference)
            .filter(other -> other.name().equals(reference.name()))
            .map(KernelReference::toString)
            .collect(Collectors.joining(", "));
    return new Failure(
            Failure.Kind.NOT_FOUND,
            reference
                + " is not on this machine"
                + (others.isEmpty() ? "." : "; of that name there is " + others + "."),
            "Pull it: diver pull " + reference + ".")
        .exception();
  }

  // Writing

  /** Opens the way in for new content; to be closed once its reference is made. */
  public Ingest ingest() {
    try {
      layout.create();
      tidy();
      return new Ingest(this, layout, layout.locks().shared(Layout.CONTENT_LOCK));
    } catch (IOException e) {
      throw IoFailure.of("write to", layout.root(), e);
    }
  }

  /**
   * Removes what is listed under this reference, and all content that nothing refers to any more.
   * If a kernel is being pulled at that moment, the content goes once that ends.
   *
   * @return what was removed
   * @throws dev.diver.kernels.failure.DiverException NOT_FOUND where nothing is listed under it
   */
  public List<StoredKernel> remove(KernelReference reference) {
    if (find(reference).isEmpty()) {
      throw notFound(reference);
    }
    List<StoredKernel> removed = new ArrayList<>();
    updateIndex(
        manifests -> {
          List<Descriptor> kept = new ArrayList<>(manifests);
          list(new Index(Optional.empty(), manifests, Map.of())).stream()
              .filter(kernel -> matches(kernel, reference))
              .forEach(removed::add);
          removed.forEach(kernel -> kept.remove(kernel.manifest()));
          return kept;
        });
    mark();
    tidyIfMarked();
    return removed;
  }

  /** Lists this kernel in place of what its reference named before. */
  StoredKernel list(StoredKernel kernel) {
    String name = kernel.reference().toString();
    updateIndex(
        manifests ->
            Stream.concat(
                    manifests.stream()
                        .filter(m -> !name.equals(m.annotations().get(Descriptor.REF_NAME))),
                    Stream.of(kernel.manifest()))
                .sorted(
                    Comparator.comparing(
                        m -> m.annotations().getOrDefault(Descriptor.REF_NAME, "")))
                .toList());
    return kernel;
  }

  private void updateIndex(Function<List<Descriptor>, List<Descriptor>> change) {
    try {
      layout.create();
      try (var _ = layout.locks().exclusive(Layout.INDEX_LOCK)) {
        Index index = layout.readIndex();
        layout.writeIndex(
            new Index(index.artifactType(), change.apply(index.manifests()), index.annotations()));
      }
    } catch (IOException e) {
      throw IoFailure.of("write to", layout.root(), e);
    }
  }

  // Tidying

  private void mark() {
    try {
      Files.write(layout.sweepMark(), new byte[0]);
    } catch (IOException e) {
      throw IoFailure.of("write to", layout.root(), e);
    }
  }

  void tidyIfMarked() {
    if (Files.exists(layout.sweepMark())) {
      tidy();
    }
  }

  /** Deletes what dead processes left, and swept content, unless someone is bringing some in. */
  private void tidy() {
    try (var lock = layout.locks().tryExclusive(Layout.CONTENT_LOCK).orElse(null)) {
      if (lock != null) {
        deleteLeftovers();
        if (Files.exists(layout.sweepMark())) {
          sweep();
          Files.deleteIfExists(layout.sweepMark());
        }
      }
    } catch (IOException e) {
      throw IoFailure.of("clean up", layout.root(), e);
    }
  }

  private void deleteLeftovers() throws IOException {
    Instant abandoned = Instant.now().minus(ABANDONED);
    for (Path file : files(layout.partials())) {
      if (Layout.isTemporary(file)
          || Files.getLastModifiedTime(file).toInstant().isBefore(abandoned)) {
        Files.deleteIfExists(file);
      }
    }
  }

  /** Deletes the blobs that no listed manifest refers to. */
  private void sweep() throws IOException {
    Set<Digest> referenced = new HashSet<>();
    layout.readIndex().manifests().forEach(manifest -> collect(manifest, referenced));
    Set<String> names = referenced.stream().map(Digest::hex).collect(Collectors.toSet());
    for (Path blob : files(layout.blobs())) {
      if (!names.contains(blob.getFileName().toString())) {
        Files.deleteIfExists(blob);
      }
    }
  }

  private void collect(Descriptor root, Set<Digest> referenced) {
    if (!referenced.add(root.digest()) || !layout.has(root)) {
      return;
    }
    byte[] json = read(root.digest(), Manifest.MAX_SIZE);
    if (root.mediaType().equals(MediaTypes.INDEX)) {
      Index.read(json).manifests().forEach(manifest -> collect(manifest, referenced));
    } else {
      Manifest.read(json).blobs().forEach(blob -> referenced.add(blob.digest()));
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }
}
