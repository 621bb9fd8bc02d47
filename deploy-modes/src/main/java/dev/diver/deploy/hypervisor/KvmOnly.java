package dev.diver.deploy.hypervisor;

import dev.diver.deploy.Network;
import dev.diver.deploy.machine.Host;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.spec.KernelSpec.Console;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * What the small hypervisors have in common that run on KVM alone: one serial line, virtio disks, a
 * tap interface, no firmware of a PC, nothing of QEMU's own.
 */
abstract sealed class KvmOnly implements Hypervisor permits CloudHypervisor, Firecracker {

  private static final Path KVM = Path.of("/dev/kvm");

  /** Models that ask for no more than the host's processor. */
  private static final List<String> HOST_MODELS = List.of("max", "host");

  private final String name;
  private final String title;
  private final String home;

  KvmOnly(String name, String title, String home) {
    this.name = name;
    this.title = title;
    this.home = home;
  }

  @Override
  public final String name() {
    return name;
  }

  /** Its name, for people. */
  final String title() {
    return title;
  }

  /** The program, by its name alone where the host does not have it. */
  final Path program(Host host) {
    return host.program(name).orElse(Path.of(name));
  }

  @Override
  public final Optional<Failure> missing(Host host) {
    if (host.program(name).isEmpty()) {
      return Optional.of(
          new Failure(
              Failure.Kind.MISSING,
              "There is no " + name + " on PATH.",
              "Install it from " + home + "; see what would run with --dry-run."));
    }
    if (!Files.isReadable(KVM) || !Files.isWritable(KVM)) {
      return Optional.of(
          new Failure(
              Failure.Kind.MISSING,
              title + " runs on KVM alone, and this user cannot open " + KVM + ".",
              "Dive on a machine with KVM, or with --hypervisor " + QemuHypervisor.PC + "."));
    }
    return Optional.empty();
  }

  @Override
  public Optional<Failure> obstacle(Machine machine) {
    return Stream.<Supplier<Optional<Failure>>>of(
            () -> software(machine.kernel(), machine.software()),
            () -> firmware(machine),
            () -> console(machine),
            () -> devices(machine),
            () -> network(machine.network()),
            () -> processor(machine),
            () -> disks(machine))
        .map(Supplier::get)
        .flatMap(Optional::stream)
        .findFirst();
  }

  /** Why it cannot boot this, if it cannot. */
  abstract Optional<Failure> software(String kernel, Machine.Software software);

  /** Why it cannot have such a disk, if it cannot. */
  abstract Optional<String> disk(Machine.Disk disk);

  /** It cannot. */
  final Optional<Failure> cannot(String why) {
    return Optional.of(
        QemuHypervisor.unsupported(
            why + ".", "Leave --hypervisor out: QEMU then runs it as its kernel.toml says."));
  }

  /** What boots otherwise than a kernel that is entered without firmware. */
  final Optional<Failure> notEntered(String kernel, Machine.Software software) {
    return switch (software) {
      case Machine.Software.Kernel _ -> Optional.empty();
      case Machine.Software.Multiboot(int version, _, _, _) ->
          cannot(kernel + " boots by Multiboot " + version + ", which " + title + " does not know");
      case Machine.Software.BootDisk _ ->
          cannot(kernel + " boots from a disk, and " + title + " has no BIOS that could");
      case Machine.Software.Iso _ ->
          cannot(kernel + " boots from an ISO, and " + title + " has no BIOS that could");
      case Machine.Software.Efi _ ->
          cannot(kernel + " is a UEFI application, and Diver has no UEFI for " + title);
    };
  }

  private Optional<Failure> firmware(Machine machine) {
    return machine.firmware() instanceof Machine.Firmware.Usual
        ? Optional.empty()
        : cannot("Firmware was asked for, and " + title + " enters kernels without any");
  }

  private Optional<Failure> console(Machine machine) {
    return switch (machine.console()) {
      case SERIAL, NONE -> Optional.empty();
      case VIRTIO_PORTS ->
          cannot(
              machine.kernel()
                  + " talks over the ports of a virtio console, of which "
                  + title
                  + " has none");
      case DEBUGCON, VGA ->
          cannot(
              machine.kernel()
                  + " talks over "
                  + (machine.console() == Console.VGA ? "a screen" : "QEMU's debug console")
                  + ", which "
                  + title
                  + " does not have");
    };
  }

  private Optional<Failure> devices(Machine machine) {
    if (machine.debugExit().isPresent()) {
      return cannot(
          machine.kernel() + " ends by QEMU's isa-debug-exit, which " + title + " does not have");
    }
    if (!machine.qemu().isEmpty()) {
      return cannot("Devices or arguments of QEMU's are asked for, and " + title + " has others");
    }
    return machine.debug() ? cannot(title + " lets no debugger attach") : Optional.empty();
  }

  private Optional<Failure> network(Network network) {
    return network instanceof Network.User
        ? Optional.of(
            QemuHypervisor.unsupported(
                title + " has no network of the machine's own.",
                "Set up a tap interface, and give it: --net tap=NAME."))
        : Optional.empty();
  }

  private Optional<Failure> processor(Machine machine) {
    String model = machine.processor().model();
    return HOST_MODELS.contains(model)
        ? Optional.empty()
        : Optional.of(
            QemuHypervisor.unsupported(
                "The CPU model " + model + " is QEMU's, and " + title + " has the host's alone.",
                "Leave it out with --cpu host."));
  }

  private Optional<Failure> disks(Machine machine) {
    return machine.disks().stream()
        .map(this::disk)
        .flatMap(Optional::stream)
        .findFirst()
        .flatMap(this::cannot);
  }
}
