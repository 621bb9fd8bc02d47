package dev.diver.kernels.net;

import dev.diver.kernels.reference.Digest;
import dev.diver.kernels.reference.KernelReference;
import dev.diver.kernels.spec.CpuList;
import dev.diver.kernels.spec.MemorySize;
import java.nio.file.Path;
import java.time.Duration;
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
 * @param app the executable that the build leaves; none where the app is linked into the image
 * @param image a kernel image that the net builds itself; none where the package's is used
 * @param build how it is built
 * @param dive what a dive of it uses unless it is told otherwise
 */
public record Net(
    Path folder,
    String name,
    KernelReference kernel,
    Digest kernelDigest,
    Optional<Path> app,
    Optional<Path> image,
    Build build,
    Dive dive) {

  /** The net's description in its folder. */
  public static final String FILE = "net.toml";

  /**
   * How a net is built.
   *
   * @param command program and arguments, run in the project's folder; empty: nothing to run
   */
  public record Build(List<String> command) {}

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
   * @param disks raw or qcow2 images
   * @param console QEMU options for further consoles, in one line
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
      Optional<String> console,
      List<String> qemuArgs,
      List<String> volumes,
      boolean delegate,
      List<String> forward,
      Optional<String> gpos,
      Optional<CpuList> gposCpus,
      Optional<MemorySize> gposMemory) {}

  /** The kernel's SDK, kernel.toml and image: {@code .diver/kernel}, not under version control. */
  public Path kernelFolder() {
    return folder.resolve(".diver").resolve("kernel");
  }
}
