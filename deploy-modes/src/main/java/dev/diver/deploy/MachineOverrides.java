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
 * @param streams of the app that are in memory which another program shares
 */
public record MachineOverrides(
    Optional<String> hypervisor,
    Optional<String> machine,
    Optional<String> cpu,
    Optional<String> firmware,
    Network network,
    SharedStreams streams) {

  /** All as the spec says, no network, no streams. */
  public static final MachineOverrides NONE = only(SharedStreams.NONE);

  /** Streams, and all else as the spec says. */
  public static MachineOverrides only(SharedStreams streams) {
    return new MachineOverrides(
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        new Network.None(),
        streams);
  }

  /** With streams of the machine's own. */
  public MachineOverrides(
      Optional<String> hypervisor,
      Optional<String> machine,
      Optional<String> cpu,
      Optional<String> firmware,
      Network network) {
    this(hypervisor, machine, cpu, firmware, network, SharedStreams.NONE);
  }
}
