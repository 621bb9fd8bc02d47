package dev.diver.deploy;

import dev.diver.deploy.node.Node;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a dive takes from the Linux of a machine, beside its cores and memory.
 *
 * @param node the machine
 * @param memoryNode the NUMA node of the memory; empty for any
 * @param devices PCI addresses with their domain, as in {@code 0000:01:00.0}
 * @param onDisconnect what becomes of it when the node is no longer reached
 */
public record Hardware(
    Node node, Optional<Integer> memoryNode, List<String> devices, OnDisconnect onDisconnect) {

  /** A PCI address as Linux writes it (sysfs, bus/pci/devices). */
  public static final Pattern PCI_ADDRESS =
      Pattern.compile("[0-9a-f]{4}:[0-9a-f]{2}:[01][0-9a-f]\\.[0-7]");

  /** What becomes of a dive when its node is no longer reached. */
  public enum OnDisconnect {
    /** The node ends it. */
    END,
    /** It goes on, and what it writes is kept there. */
    CONTINUE
  }

  public Hardware {
    devices = List.copyOf(devices);
  }
}
