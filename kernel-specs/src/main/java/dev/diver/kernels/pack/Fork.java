package dev.diver.kernels.pack;

import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import dev.diver.kernels.oci.Descriptor;
import dev.diver.kernels.oci.Manifest;
import dev.diver.kernels.oci.MediaTypes;
import dev.diver.kernels.reference.KernelReference;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.KernelSpecToml;
import dev.diver.kernels.store.KernelStore;
import dev.diver.kernels.store.StoredKernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Starts a kernel from another one's package: from its source where the package has it, else from
 * what it has, with the image as it is.
 *
 * @param kernelToml of the new kernel
 * @param base the package, a reference with its digest
 * @param fromSource whether the package has its source
 */
public record Fork(Path kernelToml, String base, boolean fromSource) {

  /** The first that has a file gives it. */
  private static final List<String> LAYERS =
      List.of(MediaTypes.KERNEL_SOURCE, MediaTypes.KERNEL_SCRIPTS, MediaTypes.KERNEL_SDK);

  /**
   * Makes the folder of the new kernel.
   *
   * @param folder which must not exist
   * @param name of the new kernel
   * @param version of it; the base's unless given
   * @throws dev.diver.kernels.failure.DiverException CONFLICT where the folder exists; INVALID
   *     where the package cannot be unpacked or its kernel.toml not be changed
   */
  public static Fork of(
      StoredKernel kernel, KernelStore store, Path folder, String name, Optional<String> version) {
    Path target = folder.toAbsolutePath().normalize();
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      throw new Failure(
              Failure.Kind.CONFLICT, folder + " exists already.", "Choose another name or place.")
          .exception();
    }
    Manifest manifest = store.manifest(kernel);
    boolean fromSource = manifest.layer(MediaTypes.KERNEL_SOURCE).isPresent();
    String base = base(kernel);
    try {
      Files.createDirectories(target.resolveSibling(""));
      Path staging = Staging.create(target);
      try {
        Path files = Files.createDirectory(staging.resolve("files"));
        for (String mediaType : LAYERS) {
          Optional<Descriptor> layer = manifest.layer(mediaType);
          if (layer.isPresent()) {
            add(layer.get(), store, staging.resolve("layer"), files);
          }
        }
        if (!fromSource) {
          addImages(kernel, store, files);
        }
        rename(kernel, files.resolve(Packer.KERNEL_TOML), new ForkedToml(name, version, base));
        Files.move(files, target, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Staging.delete(staging);
      }
    } catch (IOException e) {
      throw IoFailure.of("write to", folder, e);
    }
    return new Fork(target.resolve(Packer.KERNEL_TOML), base, fromSource);
  }

  /** The package by its digest, with the tag that people know it by: not one that moves. */
  private static String base(StoredKernel kernel) {
    String tag =
        kernel
            .reference()
            .tag()
            .filter(t -> !t.equals(KernelReference.DEFAULT_TAG))
            .orElse(kernel.version());
    return kernel.reference().withTag(tag) + "@" + kernel.digest();
  }

  /**
   * Copies what a layer has and no earlier one had. Links become what they lead to: where they lead
   * was checked within their layer only.
   */
  private static void add(Descriptor layer, KernelStore store, Path into, Path files)
      throws IOException {
    Unpacker.unpack(layer, store, into);
    List<Path> all;
    try (Stream<Path> walk = Files.walk(into)) {
      all = walk.filter(Files::isRegularFile).toList();
    }
    for (Path file : all) {
      copy(file, files.resolve(into.relativize(file).toString()));
    }
    Staging.delete(into);
  }

  private static void addImages(StoredKernel kernel, KernelStore store, Path files)
      throws IOException {
    KernelSpec spec = store.spec(kernel);
    copy(store.image(kernel), files.resolve(spec.boot().image()));
    if (spec.gpos().isPresent()) {
      copy(store.modules(kernel), files.resolve(spec.gpos().get().modules()));
    }
    for (String part : spec.boot().parts()) {
      copy(store.part(kernel, part), files.resolve(part));
    }
  }

  private static void copy(Path file, Path to) throws IOException {
    if (!Files.exists(to)) {
      Files.createDirectories(to.resolveSibling(""));
      Files.copy(file, to, StandardCopyOption.COPY_ATTRIBUTES);
    }
  }

  /** Gives kernel.toml its new name and its provenance, and reads it again to be sure. */
  private static void rename(StoredKernel kernel, Path kernelToml, ForkedToml forked)
      throws IOException {
    if (!Files.exists(kernelToml)) {
      throw new Failure(
              Failure.Kind.UNSUPPORTED,
              kernel.reference() + " cannot be forked: its package has no kernel.toml.",
              "Ask its publisher to package it again.")
          .exception();
    }
    Files.writeString(kernelToml, forked.of(Files.readString(kernelToml)));
    KernelSpec spec = KernelSpecToml.read(kernelToml);
    if (!forked.isIn(spec)) {
      throw new Failure(
              Failure.Kind.UNSUPPORTED,
              kernel.reference() + " cannot be forked: its kernel.toml is written unusually.",
              "Ask its publisher to write name and version as name = \"…\" on lines of their own.")
          .exception();
    }
  }
}
