package dev.diver.kernels.net;

import dev.diver.kernels.reference.Digest;
import dev.diver.kernels.reference.KernelReference;
import dev.diver.kernels.spec.CpuList;
import dev.diver.kernels.spec.MemorySize;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An app and the kernel that it is built for, as {@code net.toml} describes it.
 *
 * @param folder the project's, absolute; relative paths below start here
 * @param name of the net
 * @param kernel that the net was made for
 * @param kernelDigest manifest that this reference meant when the net was made
 * @param app what the build leaves for the kernel to take as its app: an executable, a ramdisk, a
 *     module or a disk, as the kernel wants it; none where the app is linked into the image
 * @param image a kernel image that the net builds itself; none where the package's is used
 * @param initrd an initial ramdisk that the net builds, in place of the package's
 * @param modules multiboot modules that the net builds, after the package's
 * @param disks raw or qcow2, that the net builds, after the package's; what a dive writes to them
 *     is lost with it
 * @param build how it is built
 * @param test how it is tested
 * @param dive what a dive of it uses unless it is told otherwise
 */
public record Net(
    Path folder,
    String name,
    KernelReference kernel,
    Digest kernelDigest,
    Optional<Path> app,
    Optional<Path> image,
    Optional<Path> initrd,
    List<Module> modules,
    List<Path> disks,
    Build build,
    Test test,
    Dive dive) {

  /** The net's description in its folder. */
  public static final String FILE = "net.toml";

  /**
   * How a net is built.
   *
   * @param command program and arguments, run in the project's folder; an empty list: nothing to
   *     run; none: the kernel's own way, else make
   */
  public record Build(Optional<List<String>> command) {}

  /**
   * How a net is tested.
   *
   * @param command program and arguments, run in the project's folder; none: the kernel's own way
   */
  public record Test(Optional<List<String>> command) {}

  /**
   * A multiboot module.
   *
   * @param file its content
   * @param commandLine may be empty
   */
  public record Module(Path file, String commandLine) {}

  /**
   * What a dive uses unless it is told otherwise.
   *
   * @param mode a deployment mode
   * @param cpus how many cores, or which
   * @param memory how much memory
   * @param args the app's arguments
   * @param env the app's environment
   * @param timeout after which the dive is ended; none: never
   * @param devices QEMU {@code -device} values
   * @param disks raw or qcow2 images, which keep what a dive writes to them
   * @param serial further serial lines, each a QEMU {@code -serial} value
   * @param net how the machine is connected
   * @param publish ports of the host and those of the guest that they lead to
   * @param machine QEMU machine with its options
   * @param cpu QEMU CPU model
   * @param firmware what runs before the kernel
   * @param hypervisor that the machine runs on
   * @param qemuArgs further QEMU arguments as they are
   * @param volumes folders that are shared, as in {@code /data:/data:ro}; those of the host are
   *     absolute
   * @param delegate whether the host's Linux serves what the kernel of a full VM does not
   * @param forward calls that the kernel handles and is to forward all the same
   * @param gpos the Linux of a partition
   * @param gposCpus its cores
   * @param gposMemory its memory
   */
  public record Dive(
      Optional<String> mode,
      Optional<CpuList> cpus,
      Optional<MemorySize> memory,
      List<String> args,
      Map<String, String> env,
      Optional<Duration> timeout,
      List<String> devices,
      List<Path> disks,
      List<String> serial,
      Optional<String> net,
      List<String> publish,
      Optional<String> machine,
      Optional<String> cpu,
      Optional<String> firmware,
      Optional<String> hypervisor,
      List<String> qemuArgs,
      List<String> volumes,
      boolean delegate,
      List<String> forward,
      Optional<String> gpos,
      Optional<CpuList> gposCpus,
      Optional<MemorySize> gposMemory) {

    /** Where nothing is said. */
    public static final Dive NONE =
        new Dive(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            Map.of(),
            Optional.empty(),
            List.of(),
            List.of(),
            List.of(),
            Optional.empty(),
            List.of(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            List.of(),
            false,
            List.of(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
  }

  /** What the build leaves. */
  public List<Path> made() {
    List<Path> made = new ArrayList<>();
    app.ifPresent(made::add);
    image.ifPresent(made::add);
    initrd.ifPresent(made::add);
    modules.forEach(module -> made.add(module.file()));
    made.addAll(disks);
    return made;
  }
}
