package dev.diver.deploy.importing;

import dev.diver.deploy.machine.Host;
import dev.diver.kernels.reference.KernelReference;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.KnownKernels;
import dev.diver.kernels.store.KernelStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * What to make a kernel package of, and how.
 *
 * @param host where it is booted
 * @param runs the folder that holds one folder for each dive
 * @param store that gets the package
 * @param parent the folder in which the kernel's folder is made
 * @param image the kernel's file
 * @param name of the package, perhaps with a tag; else made of the file's name
 * @param like whose conventions it follows
 * @param modules multiboot modules
 * @param initrd an initial ramdisk of the kernel's own
 * @param disks of the kernel's own
 * @param headers a folder that becomes the SDK
 * @param boot whether it is booted once
 * @param timeout of each boot
 * @param progress is told what is being done, as a word and its object
 */
public record ImportRequest(
    Host host,
    Path runs,
    KernelStore store,
    Path parent,
    Path image,
    Optional<KernelReference> name,
    Optional<Like> like,
    List<Module> modules,
    Optional<Path> initrd,
    List<Path> disks,
    Optional<Path> headers,
    boolean boot,
    Duration timeout,
    BiConsumer<String, String> progress) {

  public ImportRequest {
    modules = List.copyOf(modules);
    disks = List.copyOf(disks);
  }

  /**
   * A kernel that this one resembles.
   *
   * @param name as the user gave it
   * @param spec that describes it
   * @param comments on the spec's fields, by field; "" is about all of it
   */
  public record Like(String name, KernelSpec spec, Map<String, String> comments) {

    public Like {
      comments = Map.copyOf(comments);
    }

    /** One that Diver knows, with what is said of where its facts are from. */
    public static Like known(String name) {
      return new Like(name, KnownKernels.read(name), KnownKernels.comments(name));
    }
  }

  /**
   * A multiboot module.
   *
   * @param file its content
   * @param commandLine may be empty
   */
  public record Module(Path file, String commandLine) {}
}
