package dev.diver.deploy.hypervisor;

import dev.diver.deploy.DiveRequest;
import dev.diver.deploy.Network;
import dev.diver.kernels.image.DiskImage;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.KernelSpec.Console;
import dev.diver.kernels.spec.KernelSpec.DebugExit;
import dev.diver.kernels.spec.KernelSpec.Smp;
import dev.diver.kernels.spec.MemorySize;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A machine and what boots on it, whatever runs it. All paths are absolute.
 *
 * @param kernel its name, for people
 * @param software what boots
 * @param firmware what runs before that
 * @param processor its cores
 * @param memory its size
 * @param disks beside the one that it boots from, in order
 * @param network that it is connected to
 * @param card QEMU's model of its network card; empty for virtio's
 * @param console where the app's output appears
 * @param debugExit the device that ends the machine with a status
 * @param debug start halted, with a debugger's port open
 * @param qemu what only QEMU has
 */
public record Machine(
    String kernel,
    Software software,
    Firmware firmware,
    Processor processor,
    MemorySize memory,
    List<Disk> disks,
    Network network,
    Optional<String> card,
    Console console,
    Optional<DebugExit> debugExit,
    boolean debug,
    QemuOnly qemu) {

  public Machine {
    disks = List.copyOf(disks);
  }

  /** What boots. */
  public sealed interface Software {

    /** The file of it. */
    Path image();

    /**
     * A kernel that is entered without firmware.
     *
     * @param protocol PVH or LINUX
     * @param image the kernel
     * @param commandLine as the kernel is to see it
     * @param ramdisk for PVH, module 0
     */
    record Kernel(
        KernelSpec.Protocol protocol, Path image, String commandLine, Optional<Path> ramdisk)
        implements Software {}

    /**
     * A multiboot kernel.
     *
     * @param version 1 or 2
     * @param image the kernel
     * @param commandLine as the kernel is to see it, behind what its loader puts before it
     * @param modules in order
     */
    record Multiboot(int version, Path image, String commandLine, List<Module> modules)
        implements Software {
      public Multiboot {
        modules = List.copyOf(modules);
      }
    }

    /** A disk that is not written to: what the machine writes is lost with it. */
    record BootDisk(DiskImage disk) implements Software {
      @Override
      public Path image() {
        return disk.file();
      }
    }

    /** A bootable ISO image. */
    record Iso(Path image) implements Software {}

    /**
     * A UEFI application.
     *
     * @param image the application
     * @param commandLine its load options; may be empty
     */
    record Efi(Path image, String commandLine) implements Software {}
  }

  /**
   * A multiboot module.
   *
   * @param file its content
   * @param commandLine may be empty
   */
  public record Module(Path file, String commandLine) {}

  /** What runs before the kernel. */
  public sealed interface Firmware {

    /** What the machine has by itself: a BIOS, or as little as it needs. */
    record Usual() implements Firmware {}

    /** UEFI. */
    record Uefi() implements Firmware {}

    /** An image of some firmware. */
    record Image(Path file) implements Firmware {}
  }

  /**
   * The cores.
   *
   * @param model QEMU's name of it
   * @param features that it must have, by QEMU's names
   * @param count how many
   * @param smp what a further core is
   */
  public record Processor(String model, List<String> features, int count, Smp smp) {
    public Processor {
      features = List.copyOf(features);
    }
  }

  /**
   * A disk.
   *
   * @param image its content
   * @param scratch whether what is written to it is lost with the machine
   */
  public record Disk(DiskImage image, boolean scratch) {

    /** Those that the user attaches, which keep what is written to them. */
    public static List<Disk> of(DiveRequest request) {
      return request.disks().stream().map(file -> new Disk(DiskImage.of(file), false)).toList();
    }

    Path file() {
      return image.file();
    }
  }

  /**
   * What other hypervisors than QEMU do not know.
   *
   * @param type its machine with its options
   * @param devices {@code -device} values
   * @param serials {@code -serial} values
   * @param words of its command line
   * @param shared memory beside its own
   */
  public record QemuOnly(
      Optional<String> type,
      List<String> devices,
      List<String> serials,
      List<String> words,
      List<SharedMemory> shared) {
    public QemuOnly {
      devices = List.copyOf(devices);
      serials = List.copyOf(serials);
      words = List.copyOf(words);
      shared = List.copyOf(shared);
    }

    boolean isEmpty() {
      return devices.isEmpty() && serials.isEmpty() && words.isEmpty() && shared.isEmpty();
    }
  }
}
