package dev.diver.deploy.hardware;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.deploy.node.LocalSsh;
import dev.diver.deploy.node.Node;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.spec.CpuList;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CoresTest {

  @TempDir Path folder;

  private Node online(String cores) {
    return LocalSsh.node(folder, "echo " + cores);
  }

  private static List<Integer> choose(Node node, String cpus) {
    return Cores.choose(node, Optional.of(CpuList.parse(cpus)));
  }

  @Test
  void aListIsTakenAsItIs() {
    assertEquals(List.of(2, 3, 7), choose(online("0"), "2-3,7"));
  }

  @Test
  void aNumberMeansTheLastThatLinuxHas() {
    assertEquals(List.of(3), Cores.choose(online("0-3"), Optional.empty()));
    assertEquals(List.of(1, 5), choose(online("0-1,5"), "2"));
    assertEquals(List.of(1, 2, 3), choose(online("0-3"), "3"));
  }

  @Test
  void linuxKeepsCore0() {
    Failure failure =
        assertThrows(DiverException.class, () -> choose(online("0-3"), "0-1")).failure();
    assertEquals(Failure.Kind.INVALID, failure.kind());
    assertTrue(failure.what().startsWith("Core 0 cannot be taken"), failure.what());
  }

  @Test
  void moreThanThereAreIsRefusedWithWhatThereIs() {
    Failure failure =
        assertThrows(DiverException.class, () -> choose(online("0-3"), "4")).failure();
    assertEquals(Failure.Kind.EXHAUSTED, failure.kind());
    assertTrue(failure.what().contains("4 cores were asked for, and root@there has 3"));
    failure = assertThrows(DiverException.class, () -> choose(online("0"), "1")).failure();
    assertTrue(failure.what().contains("has none beside core 0"), failure.what());
  }
}
