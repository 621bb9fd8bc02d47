package dev.diver.kernels.store;

import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import dev.diver.kernels.oci.Descriptor;
import dev.diver.kernels.oci.Manifest;
import dev.diver.kernels.oci.MediaTypes;
import dev.diver.kernels.reference.Digest;
import dev.diver.kernels.reference.KernelReference;
import dev.diver.kernels.spec.KernelSpec;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Optional;

/**
 * Content on its way into a store. While it is open no blob of the store is deleted, so what {@link
 * #has} says stays true until the reference is made. Threads may share one.
 */
public final class Ingest implements AutoCloseable {

  private static final int BUFFER = 1 << 16;

  private final KernelStore store;
  private final Layout layout;
  private final LockFile.Held lock;

  /** Writes some content. */
  @FunctionalInterface
  public interface ContentWriter {
    void write(OutputStream out) throws IOException;
  }

  Ingest(KernelStore store, Layout layout, LockFile.Held lock) {
    this.store = store;
    this.layout = layout;
    this.lock = lock;
  }

  /** Whether the store has all of this content. */
  public boolean has(Descriptor descriptor) {
    return layout.has(descriptor);
  }

  /** Adds content that is at hand. */
  public Descriptor add(String mediaType, byte[] content) {
    return add(mediaType, out -> out.write(content));
  }

  /** Adds content whose digest is known once it is written. */
  public Descriptor add(String mediaType, ContentWriter content) {
    Path temporary = layout.temporary();
    try (FileChannel file =
        FileChannel.open(temporary, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
      MessageDigest hash = Digest.newMessageDigest();
      OutputStream out =
          new BufferedOutputStream(
              new DigestOutputStream(Channels.newOutputStream(file), hash), BUFFER);
      content.write(out);
      out.flush();
      Descriptor added = Descriptor.of(mediaType, Digest.of(hash), file.size());
      if (!layout.has(added)) {
        layout.publish(temporary, file, added.digest());
      }
      return added;
    } catch (IOException e) {
      throw IoFailure.of("write to", layout.root(), e);
    } finally {
      delete(temporary);
    }
  }

  /**
   * Opens the place for content that is to be fetched; empty where the store has it already. Waits
   * while another thread or process fetches the same content.
   */
  public Optional<PartialBlob> receive(Descriptor expected) {
    return layout.has(expected) ? Optional.empty() : PartialBlob.open(layout, expected);
  }

  /**
   * Lists a kernel package under this reference, in place of what was listed under it before.
   *
   * @param manifest of the package, which must be in the store with all its blobs
   */
  public StoredKernel tag(KernelReference reference, Descriptor manifest) {
    Manifest content = store.manifest(manifest.digest());
    if (!content.artifactType().equals(Optional.of(MediaTypes.KERNEL))) {
      throw new Failure(
              Failure.Kind.INVALID,
              reference + " is not a kernel package.",
              "Name a kernel; diver search lists them.")
          .exception();
    }
    long size = manifest.size();
    for (Descriptor blob : content.blobs()) {
      if (!layout.has(blob)) {
        throw new Failure(
                Failure.Kind.CORRUPT,
                reference + " cannot be listed: " + blob.digest() + " is not in the store.",
                "Pull it again: diver pull " + reference + ".")
            .exception();
      }
      size += blob.size();
    }
    KernelSpec spec = store.spec(content);
    Descriptor listed =
        new Descriptor(
            MediaTypes.MANIFEST,
            manifest.digest(),
            manifest.size(),
            StoredKernel.annotations(
                reference, spec.name(), spec.version(), spec.summary(), size, Instant.now()),
            content.artifactType());
    return store.list(new StoredKernel(reference, listed));
  }

  /** Lets blobs be deleted again. What is not listed by then may be. */
  @Override
  public void close() {
    lock.close();
    store.tidyIfMarked();
  }

  private static void delete(Path temporary) {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      throw IoFailure.of("delete", temporary, e);
    }
  }
}
