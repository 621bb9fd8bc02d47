package dev.diver.deploy.hypervisor;

import dev.diver.kernels.failure.Failure;
import java.util.Optional;

/** QEMU's {@code microvm}: virtio devices in memory, no PCI, no disk that firmware could boot. */
public final class QemuMicrovm extends QemuHypervisor {
  public QemuMicrovm() {
    super(MICROVM, "microvm");
  }

  @Override
  public Optional<Failure> obstacle(Machine machine) {
    return super.obstacle(machine).or(() -> bootsOtherwise(machine).map(this::noFirmware));
  }

  /** What it boots by, for people, where it is not by the machine itself. */
  private static Optional<String> bootsOtherwise(Machine machine) {
    if (machine.firmware() instanceof Machine.Firmware.Uefi) {
      return Optional.of(machine.kernel() + " is to boot through UEFI");
    }
    return switch (machine.software()) {
      case Machine.Software.Kernel _ -> Optional.empty();
      case Machine.Software.Multiboot kernel ->
          GrubIso.isNeeded(kernel)
              ? Optional.of(machine.kernel() + " boots through GRUB, from an ISO")
              : Optional.empty();
      case Machine.Software.BootDisk _ -> Optional.of(machine.kernel() + " boots from a disk");
      case Machine.Software.Iso _ -> Optional.of(machine.kernel() + " boots from an ISO");
      case Machine.Software.Efi _ -> Optional.of(machine.kernel() + " boots through UEFI");
    };
  }

  private Failure noFirmware(String why) {
    return unsupported(
        why + ", and QEMU's microvm has no firmware that could.",
        "Dive it with --hypervisor " + PC + ".");
  }

  /** The memory of one is there without it. */
  @Override
  void screen(QemuOptions options) {}
}
