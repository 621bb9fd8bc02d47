package dev.diver.cli.command;

import dev.diver.cli.output.Quantity;
import dev.diver.cli.output.Shell;
import dev.diver.cli.output.Table;
import dev.diver.deploy.hardware.Enclave;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The enclaves of a machine, for {@code diver ps --host}. */
final class EnclaveList {

  private EnclaveList() {}

  static void print(List<Enclave> enclaves, Given given, Shell shell) {
    if (given.wantsJson()) {
      shell.printJson(enclaves.stream().map(EnclaveList::tree).toList());
    } else if (given.has("--quiet")) {
      enclaves.forEach(enclave -> shell.println(enclave.name()));
    } else {
      shell.print(table(enclaves));
    }
  }

  private static Table table(List<Enclave> enclaves) {
    Table table =
        new Table().text("NAME").text("CORES").text("MEMORY").text("STARTED").prose("STATUS");
    Instant now = Instant.now();
    for (Enclave enclave : enclaves) {
      String devices = String.join(", ", enclave.devices());
      table.row(
          enclave.name(),
          enclave.coreList(),
          Quantity.bytes(enclave.memory()),
          Quantity.ago(enclave.since(), now),
          enclave.state() + (devices.isEmpty() ? "" : ", has " + devices));
    }
    return table;
  }

  static Map<String, Object> tree(Enclave enclave) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("name", enclave.name());
    tree.put("mode", HardwareOptions.MODE);
    tree.put("state", enclave.state());
    tree.put("running", enclave.isAlive());
    tree.put("cores", enclave.cores());
    tree.put("memory_bytes", enclave.memory());
    tree.put("devices", enclave.devices());
    tree.put("started", enclave.since().toString());
    tree.put("boot_ms", enclave.boot().map(Duration::toMillis));
    return tree;
  }
}
