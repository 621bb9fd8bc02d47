package dev.diver.kernels.net;

import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import dev.diver.kernels.oci.MediaTypes;
import dev.diver.kernels.pack.Staging;
import dev.diver.kernels.pack.Unpacker;
import dev.diver.kernels.reference.Digest;
import dev.diver.kernels.store.KernelStore;
import dev.diver.kernels.store.StoredKernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/**
 * What a project has of its kernel: {@code .diver/kernel} with the SDK, {@code kernel.toml} and
 * {@code image}, and {@code .diver/scripts} where the package has scripts for nets. Belongs to
 * Diver, not to the user: each is replaced as a whole.
 */
public final class KernelFiles {

  /** The kernel image among them. */
  public static final String IMAGE = "image";

  /** Says which package they are from; written last. */
  private static final String DIGEST = ".digest";

  /** Puts the files of a package into a folder, which does not exist yet. */
  private interface Filling {
    void fill(Path folder) throws IOException;
  }

  private KernelFiles() {}

  /** The folder of the SDK in a project. */
  static Path sdk(Path project) {
    return project.resolve(".diver").resolve("kernel");
  }

  /** The folder of the scripts in a project. */
  static Path scripts(Path project) {
    return project.resolve(".diver").resolve("scripts");
  }

  /**
   * Makes the files those of this kernel. If they are already, nothing is done.
   *
   * @param project the net's folder
   */
  public static void restore(Path project, StoredKernel kernel, KernelStore store) {
    restore(
        sdk(project),
        kernel,
        folder -> {
          unpackSdk(kernel, store, folder);
          Files.copy(store.image(kernel), folder.resolve(IMAGE));
        });
    if (store.spec(kernel).net().any()) {
      restore(scripts(project), kernel, folder -> unpackScripts(kernel, store, folder));
    }
  }

  /** The scripts of a package, unpacked once, in a folder that may be deleted at any time. */
  static Path cachedScripts(StoredKernel kernel, KernelStore store, Path cache) {
    Path folder = cache.resolve("scripts").resolve(kernel.digest().hex());
    restore(folder, kernel, fresh -> unpackScripts(kernel, store, fresh));
    return folder;
  }

  private static void restore(Path folder, StoredKernel kernel, Filling filling) {
    try {
      if (!restored(folder).equals(Optional.of(kernel.digest()))) {
        Files.createDirectories(folder.getParent());
        replace(folder, kernel, filling);
      }
    } catch (IOException e) {
      throw IoFailure.of("write to", folder, e);
    }
  }

  private static Optional<Digest> restored(Path folder) throws IOException {
    try {
      return Optional.of(Digest.parse(Files.readString(folder.resolve(DIGEST)).strip()));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** Makes them beside their place, so that what is in place is always whole. */
  private static void replace(Path folder, StoredKernel kernel, Filling filling)
      throws IOException {
    Path staging = Staging.create(folder);
    try {
      Path fresh = staging.resolve("fresh");
      filling.fill(fresh);
      Files.writeString(fresh.resolve(DIGEST), kernel.digest() + "\n");
      Staging.delete(folder);
      Files.move(fresh, folder, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Staging.delete(staging);
    }
  }

  private static void unpackSdk(StoredKernel kernel, KernelStore store, Path into) {
    unpack(
        kernel,
        store,
        MediaTypes.KERNEL_SDK,
        into,
        new Failure(
            Failure.Kind.UNSUPPORTED,
            kernel.reference() + " comes without an SDK: nothing is built for it.",
            "Choose another kernel, or dive a ready executable on it."));
  }

  /**
   * Unpacks the scripts of a package.
   *
   * @param into a folder that does not exist
   * @throws dev.diver.kernels.failure.DiverException INVALID where it has none, or they are damaged
   */
  public static void unpackScripts(StoredKernel kernel, KernelStore store, Path into) {
    unpack(
        kernel,
        store,
        MediaTypes.KERNEL_SCRIPTS,
        into,
        new Failure(
            Failure.Kind.INVALID,
            kernel.reference() + " lacks the scripts that its [net] names.",
            "Its publisher must package it again; use another version."));
  }

  private static void unpack(
      StoredKernel kernel, KernelStore store, String mediaType, Path into, Failure lacking) {
    Unpacker.unpack(
        store.manifest(kernel).layer(mediaType).orElseThrow(lacking::exception), store, into);
  }
}
