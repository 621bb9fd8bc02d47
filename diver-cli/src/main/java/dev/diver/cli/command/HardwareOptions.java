package dev.diver.cli.command;

import dev.diver.cli.output.Shell;
import dev.diver.deploy.Hardware;
import dev.diver.deploy.Hardware.OnDisconnect;
import dev.diver.deploy.hardware.Enclaves;
import dev.diver.deploy.hardware.PartitionedHardware;
import dev.diver.deploy.machine.Host;
import dev.diver.deploy.node.Node;
import dev.diver.deploy.run.RunFolder;
import dev.diver.deploy.run.RunState;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.store.DiverHome;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What the arguments say of a machine that is to be divided as it runs.
 *
 * @param given the arguments
 * @param shell for the environment
 */
record HardwareOptions(Given given, Shell shell) {

  static final String MODE = PartitionedHardware.NAME;

  private static final String HOST = "--host";
  private static final String ON_DISCONNECT = "--on-disconnect";
  private static final String PCI = "pci=";

  /** What a dive in this mode takes; empty in other modes, where it can be nothing. */
  Optional<Hardware> of(String mode) {
    if (!mode.equals(MODE)) {
      refuse();
      return Optional.empty();
    }
    return Optional.of(
        new Hardware(
            node(given, shell),
            given.value("--memory").flatMap(this::memoryNode),
            devices(),
            onDisconnect()));
  }

  private void refuse() {
    for (String option : List.of(HOST, ON_DISCONNECT)) {
      if (given.has(option)) {
        throw new UsageException(
            option + " is for a machine that is divided as it runs.", "Add --mode " + MODE + ".");
      }
    }
    given.values("--device").stream()
        .filter(device -> device.startsWith(PCI))
        .findFirst()
        .ifPresent(
            device -> {
              throw new UsageException(
                  "\"" + device + "\" is a device of a machine that is divided as it runs.",
                  "Add --mode " + MODE + ", or name a device of QEMU's.");
            });
  }

  private Optional<Integer> memoryNode(String typed) {
    int at = typed.indexOf('@');
    if (at < 0) {
      return Optional.empty();
    }
    if (!typed.substring(at + 1).matches("[0-9]{1,4}")) {
      throw new UsageException(
          "\"" + typed + "\" is not memory of one NUMA node.",
          "Write it as in 1G@0, or without @ for memory of any.");
    }
    return Optional.of(Integer.parseInt(typed.substring(at + 1)));
  }

  private List<String> devices() {
    return given.values("--device").stream().map(HardwareOptions::address).toList();
  }

  private static String address(String typed) {
    String address =
        typed.startsWith(PCI) ? typed.substring(PCI.length()).toLowerCase(Locale.ROOT) : "";
    if (!Hardware.PCI_ADDRESS.matcher(address).matches()) {
      throw new UsageException(
          "\"" + typed + "\" is not a PCI device of the machine.",
          "Write it as lspci -D does, as in --device pci=0000:01:00.0.");
    }
    return address;
  }

  /** A dive in the background is to outlive the connection. */
  private OnDisconnect onDisconnect() {
    String word = given.value(ON_DISCONNECT).orElse(given.has("--detach") ? "continue" : "end");
    return switch (word) {
      case "end" -> OnDisconnect.END;
      case "continue" -> OnDisconnect.CONTINUE;
      default ->
          throw new UsageException(
              "\"" + word + "\" is not what can become of a dive.",
              "Write --on-disconnect end or --on-disconnect continue.");
    };
  }

  /** The machine that {@code --host} names, or this one. */
  static Node node(Given given, Shell shell) {
    try {
      return Node.at(given.value(HOST), host(shell));
    } catch (DiverException e) {
      throw new UsageException(e.failure().what(), e.failure().remedy());
    }
  }

  static Host host(Shell shell) {
    return new Host(shell.environment(), DiverHome.locate(shell.environment()).cache());
  }

  /** The enclaves of the machine that {@code --host} names; empty where it is not given. */
  static Optional<Enclaves> there(Given given, Shell shell) {
    return given.has(HOST)
        ? Optional.of(Enclaves.of(node(given, shell), host(shell)))
        : Optional.empty();
  }

  /**
   * Where the enclave of a dive is that this machine knows of; empty where it is in another mode.
   */
  static Optional<Enclaves> of(RunFolder run, Shell shell) {
    return run.state()
        .filter(state -> state.mode().equals(MODE))
        .map(RunState::host)
        .map(address -> Enclaves.of(Node.at(address, host(shell)), host(shell)));
  }
}
