package dev.diver.deploy;

import dev.diver.deploy.machine.Host;
import dev.diver.kernels.net.Net;
import dev.diver.kernels.spec.CpuList;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.MemorySize;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What to dive, and how.
 *
 * @param host where
 * @param runs the folder that holds one folder for each dive
 * @param kernel how the user named the kernel, for people
 * @param bootable what boots; empty where the app runs on this host's own Linux
 * @param app the executable; empty where it is linked into the image
 * @param args argv from argv[1] on
 * @param env the app's environment, in the order in which it is passed
 * @param cpus the net's cores; empty means 1
 * @param memory the net's, which in a full VM is the machine's; empty means the spec's default
 * @param timeout after which the dive is ended; zero means never
 * @param devices QEMU {@code -device} values, added to the spec's
 * @param disks raw or qcow2 files, in order
 * @param consoles QEMU {@code -serial} values, added after Diver's own
 * @param qemuArgs words added to QEMU's command line as they are
 * @param debug start halted, with a debugger's port open
 * @param name of the dive; empty means one is made up
 * @param detached whether the dive's folder stays when it has ended
 * @param delegation that a Linux serves what the kernel does not; empty: the machine is sealed
 * @param emulation what forwarding is to look like where nothing boots; empty otherwise
 * @param overrides of what the spec says of the machine
 * @param hardware what is taken of a machine as it is; empty where none is divided
 */
public record DiveRequest(
    Host host,
    Path runs,
    String kernel,
    Optional<Bootable> bootable,
    Optional<Path> app,
    List<String> args,
    Map<String, String> env,
    Optional<CpuList> cpus,
    Optional<MemorySize> memory,
    Duration timeout,
    List<String> devices,
    List<Path> disks,
    List<String> consoles,
    List<String> qemuArgs,
    boolean debug,
    Optional<String> name,
    boolean detached,
    Optional<Delegation> delegation,
    Optional<Emulation> emulation,
    MachineOverrides overrides,
    Optional<Hardware> hardware) {

  /**
   * A kernel and its file.
   *
   * @param spec of the kernel
   * @param image what boots
   * @param initrd an initial ramdisk
   * @param modules multiboot modules
   * @param disks raw or qcow2; like all else here not to be written to, so that what a machine
   *     writes to them is lost with it
   */
  public record Bootable(
      KernelSpec spec, Path image, Optional<Path> initrd, List<Module> modules, List<Path> disks) {

    public Bootable {
      image = image.toAbsolutePath();
      modules = List.copyOf(modules);
      disks = List.copyOf(disks);
    }

    /** A kernel whose image is all that there is. */
    public Bootable(KernelSpec spec, Path image) {
      this(spec, image, Optional.empty(), List.of(), List.of());
    }

    /**
     * A kernel with what its spec says that it boots with.
     *
     * @param part finds a file by the path that the spec has for it
     */
    public static Bootable of(KernelSpec spec, Path image, Function<String, Path> part) {
      KernelSpec.Boot boot = spec.boot();
      return new Bootable(
          spec,
          image,
          boot.initrd().map(part),
          boot.modules().stream().map(module -> Module.of(module, part)).toList(),
          boot.disks().stream().map(part).toList());
    }

    /** The same with a net's own: its ramdisk instead, its modules and disks after the kernel's. */
    public Bootable with(Net net) {
      return new Bootable(
          spec,
          image,
          net.initrd().or(this::initrd),
          Stream.concat(
                  modules.stream(),
                  net.modules().stream().map(m -> new Module(m.file(), m.commandLine())))
              .toList(),
          Stream.concat(disks.stream(), net.disks().stream()).toList());
    }
  }

  /**
   * A multiboot module.
   *
   * @param file its content
   * @param commandLine may be empty
   */
  public record Module(Path file, String commandLine) {

    /** As a spec writes it: its path, then its command line. */
    static Module of(String text, Function<String, Path> part) {
      String path = KernelSpec.Boot.path(text);
      return new Module(part.apply(path), text.substring(path.length()).strip());
    }
  }

  public DiveRequest {
    runs = runs.toAbsolutePath();
    args = List.copyOf(args);
    env = Collections.unmodifiableMap(new LinkedHashMap<>(env));
    devices = List.copyOf(devices);
    disks = List.copyOf(disks);
    consoles = List.copyOf(consoles);
    qemuArgs = List.copyOf(qemuArgs);
  }

  /** A request for a machine that boots a kernel. */
  public DiveRequest(
      Host host,
      Path runs,
      String kernel,
      Bootable bootable,
      Optional<Path> app,
      List<String> args,
      Map<String, String> env,
      Optional<CpuList> cpus,
      Optional<MemorySize> memory,
      Duration timeout,
      List<String> devices,
      List<Path> disks,
      List<String> consoles,
      List<String> qemuArgs,
      boolean debug,
      Optional<String> name,
      boolean detached,
      Optional<Delegation> delegation) {
    this(
        host,
        runs,
        kernel,
        Optional.of(bootable),
        app,
        args,
        env,
        cpus,
        memory,
        timeout,
        devices,
        disks,
        consoles,
        qemuArgs,
        debug,
        name,
        detached,
        delegation,
        Optional.empty(),
        MachineOverrides.NONE,
        Optional.empty());
  }

  /** The same with another app, and with another image under it. */
  public DiveRequest with(Path otherImage, Optional<Path> otherApp) {
    return with(
        bootable.map(b -> new Bootable(b.spec, otherImage, b.initrd, b.modules, b.disks)),
        otherApp,
        overrides,
        hardware);
  }

  /** The same on a machine of which this is wanted. */
  public DiveRequest with(MachineOverrides wanted) {
    return with(bootable, app, wanted, hardware);
  }

  /** The same beside the Linux of a machine as it is. */
  public DiveRequest with(Hardware taken) {
    return with(bootable, app, overrides, Optional.of(taken));
  }

  private DiveRequest with(
      Optional<Bootable> otherBootable,
      Optional<Path> otherApp,
      MachineOverrides wanted,
      Optional<Hardware> taken) {
    return new DiveRequest(
        host,
        runs,
        kernel,
        otherBootable,
        otherApp,
        args,
        env,
        cpus,
        memory,
        timeout,
        devices,
        disks,
        consoles,
        qemuArgs,
        debug,
        name,
        detached,
        delegation,
        emulation,
        wanted,
        taken);
  }

  /** Whether the folders that are shared are those of another machine. */
  public boolean isElsewhere() {
    return hardware.filter(taken -> !taken.node().isHere()).isPresent();
  }

  /** Of the kernel that boots; for modes that boot one. */
  public KernelSpec spec() {
    return bootable.orElseThrow().spec();
  }

  /** What boots; for modes that boot a kernel. */
  public Path image() {
    return bootable.orElseThrow().image();
  }
}
