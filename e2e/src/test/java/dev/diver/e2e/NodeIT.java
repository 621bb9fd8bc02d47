package dev.diver.e2e;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What the tests of partitioned hardware rely on: what is taken from the node does not go unseen.
 */
@ExtendWith(SharedNode.class)
class NodeIT {

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "cores are missing; echo 0 >/sys/devices/system/cpu/cpu3/online;"
            + " echo 1 >/sys/devices/system/cpu/cpu3/online",
        "huge pages are left; echo 1 >/proc/sys/vm/nr_hugepages; echo 0 >/proc/sys/vm/nr_hugepages",
        "processes are left; sh -c 'sleep 100 && : diver-agent' >/dev/null 2>&1 & true;"
            + " kill $(ps | sed -n 's/^ *\\([0-9]*\\) .*[:] diver-agent/\\1/p')",
        "folders are left; mkdir -p /run/diver/enclaves/x; rmdir /run/diver/enclaves/x",
        "KiB are missing; dd if=/dev/zero of=/home/lost bs=1M count=100; rm /home/lost",
        "has lost its driver; echo 0000:00:10.0 >/sys/bus/pci/drivers/virtio-pci/unbind;"
            + " echo 0000:00:10.0 >/sys/bus/pci/drivers/virtio-pci/bind",
        "the kernel has complained; echo 0 >/proc/self/oom_adj; true" // deprecated, it says
      })
  void whatIsTakenIsSeen(String said, String take, String giveBack, Node node) {
    node.expectAsBooted();
    node.ask(take);
    try {
      AssertionError seen = assertThrows(AssertionError.class, node::expectAsBooted);
      assertTrue(String.valueOf(seen.getMessage()).contains(said), seen::toString);
    } finally {
      node.ask(giveBack);
    }
  }
}
