package dev.diver.deploy;

import java.util.Optional;

/**
 * What is wanted of the machine itself for one dive, in place of what the kernel's spec says.
 *
 * @param hypervisor its name, as in {@code qemu-q35}
 * @param machine QEMU's machine with its options
 * @param cpu QEMU's CPU model
 * @param firmware {@code bios}, {@code uefi}, or the absolute path of an image
 * @param network that it is connected to
 */
public record MachineOverrides(
    Optional<String> hypervisor,
    Optional<String> machine,
    Optional<String> cpu,
    Optional<String> firmware,
    Network network) {

  /** All as the spec says, and no network. */
  public static final MachineOverrides NONE =
      new MachineOverrides(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          new Network.None());
}
