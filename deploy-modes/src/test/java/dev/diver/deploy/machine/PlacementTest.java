package dev.diver.deploy.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlacementTest {

  private static final List<Integer> FOUR = List.of(0, 1, 4, 7);

  @Test
  void eachCoreHasOneOfItsOwnAndTheDelegateTheRest() {
    assertEquals(
        Optional.of(new Placement(List.of(0, 1), List.of(4, 7))), Placement.of(FOUR, 2, true, 0));
    assertEquals(
        Optional.of(new Placement(List.of(7, 0, 1), List.of(4))), Placement.of(FOUR, 3, true, 11));
    assertEquals(
        Optional.of(new Placement(List.of(0, 1, 4, 7), List.of())),
        Placement.of(FOUR, 4, false, 8));
  }

  @Test
  void tooFewCoresAreLeftAlone() {
    assertEquals(Optional.empty(), Placement.of(FOUR, 4, true, 0));
    assertEquals(Optional.empty(), Placement.of(FOUR, 5, false, 0));
  }

  /** Real processes: one stands for a core of a machine, one for its delegate. */
  @Test
  void placesProcesses(@TempDir Path cache) throws IOException, InterruptedException {
    Process core = new ProcessBuilder("sleep", "60").start();
    Process delegate = new ProcessBuilder("sleep", "60").start();
    try {
      Host host = new Host(Map.of("PATH", System.getenv("PATH")), cache);
      Placement.place(host, List.of(core.pid()), List.of(delegate.pid()));
      List<Integer> allowed = Placement.allowed();
      Optional<Placement> expected =
          Placement.of(allowed, 1, true, (int) (core.pid() % Integer.MAX_VALUE));
      assertEquals(expected.map(Placement::core).orElse(allowed), allowed(core));
      assertEquals(expected.map(Placement::others).orElse(allowed), allowed(delegate));
    } finally {
      core.destroyForcibly().waitFor();
      delegate.destroyForcibly().waitFor();
    }
  }

  private static List<Integer> allowed(Process process) throws IOException {
    return Placement.allowed(Files.readString(Path.of("/proc/" + process.pid() + "/status")));
  }
}
