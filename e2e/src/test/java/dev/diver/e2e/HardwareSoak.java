package dev.diver.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Enclaves that are made, resized and ended again and again while the node's Linux is busy: it must
 * neither complain nor lose anything. Takes long: it has a command of its own (CONTRIBUTING.md).
 */
@ExtendWith({SharedCatalog.class, SharedNode.class})
@Timeout(value = 2, unit = TimeUnit.HOURS)
class HardwareSoak {

  private static final int CYCLES = Integer.getInteger("soak.cycles", 200);
  private static final int CYCLES_TOLD = 20;

  /** What the cycles take turns in: how many cores, and the agent's options. */
  private record Size(int cores, String options) {}

  private static final List<Size> SIZES =
      List.of(
          new Size(1, "--cores 3 --pages 32 --node 1"),
          new Size(1, "--cores 1 --pages 48 --node 0"),
          new Size(2, "--cores 2,3 --pages 64 --node 0"),
          new Size(2, "--cores 1,3 --pages 32 --node 1"));

  private static final String NAME = "soak";

  /** Two threads get on, in 16 MiB that stay as they were written. */
  private static final String[] WORK = {"2", "16"};

  /** Where the last line of sh has failed: what was said of the enclave. */
  private static final String TELL =
      """
      tell() { status=$?; [ $status = 0 ] || tail -n 50 %1$s/report %1$s/stdout %1$s/log >&2; }
      trap tell EXIT
      await() {
        for try in $(seq 1200); do
          if tail -n 1 %1$s/stdout | grep -q "^cores $1, .*, threads 2$"; then return; fi
          usleep 50000
        done
        echo "its app does not say that there are $1 cores" >&2
        return 1
      }
      set -e
      """
          .formatted(NodeAgent.folder(NAME));

  @TempDir private Path folder;
  private Enclaves enclaves;
  private Node node;
  private NodeAgent agent;

  @BeforeEach
  void load(Catalog catalog, Node shared) throws IOException {
    node = shared;
    enclaves = Enclaves.of(catalog.user(folder), node);
    Expect.success(enclaves.dive("/bin/busybox", "--", "true"));
    agent = NodeAgent.on(node);
    node.load();
  }

  @AfterEach
  void unload() throws IOException {
    node.unload();
    enclaves.endAll();
    enclaves.expectNothingLeft();
  }

  @Test
  void theNodeOutlivesItsEnclaves() {
    for (int cycle = 0; cycle < CYCLES; cycle++) {
      Size size = SIZES.get(cycle % SIZES.size());
      boolean killed = cycle % SIZES.size() == SIZES.size() - 1;
      assertEquals("0-3\n", node.ask(cycle(size, killed)), "the cores of the node's Linux");
      if ((cycle + 1) % CYCLES_TOLD == 0) {
        System.err.println("soak: " + (cycle + 1) + " of " + CYCLES + " cycles");
        assertEquals(List.of(), node.warnings());
      }
    }
  }

  /** One enclave's life; what it prints is which cores Linux has then. */
  private String cycle(Size size, boolean killed) {
    String app = enclaves.user().folder().resolve("sizes").toString();
    return TELL
        + String.join(
            "\n",
            agent.start(NAME, "--detach " + size.options, app, WORK),
            "await " + size.cores,
            agent.resize(NAME, "--cpus +1 --memory +32M") + " >/dev/null",
            "await " + (size.cores + 1),
            agent.resize(NAME, "--cpus -1 --memory -32M") + " >/dev/null",
            "await " + size.cores,
            killed ? "kill -9 $(pidof diver-agent)" : "true",
            agent.stop(NAME),
            "rm -rf " + NodeAgent.folder(NAME),
            "cat /sys/devices/system/cpu/online");
  }
}
